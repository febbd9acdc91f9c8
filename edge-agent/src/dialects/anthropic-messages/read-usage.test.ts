import { checkFixtures } from '../test/fixtures.ts';

checkFixtures(new URL('__fixtures__/', import.meta.url));
