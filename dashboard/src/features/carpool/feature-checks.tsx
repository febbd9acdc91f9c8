import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { CheckField } from '../../ui/form/check-field.tsx';

type Feature = UserKey['denied_features'][number];

const features = ['tools', 'vision', 'thinking', 'web_search'] as const satisfies readonly Feature[];

/** The features that were ticked. */
export const featuresIn = (fields: FormData): Feature[] => features.filter((name) => fields.get(name) === 'on');

/** What requests may not make use of. */
export function FeatureChecks({ legend, denied }: { legend: string; denied: readonly Feature[] }) {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 font-medium text-[13px]">{legend}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {features.map((name) => (
          <CheckField key={name} name={name} label={t(`limits.features.${name}`)} defaultChecked={denied.includes(name)} />
        ))}
      </div>
    </fieldset>
  );
}
