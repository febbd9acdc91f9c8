import { checkFixtures } from '../../../test/check-fixtures.ts';

checkFixtures(new URL('__fixtures__/', import.meta.url));
