import type { ProviderComparison, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextArea } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { CsvFile, type ReadFile } from './csv-file.tsx';
import { useChoices, useCompare } from './use-comparisons.ts';

/** As much as one call carries. */
const mostCharacters = 900_000;

interface CompareDialogProps {
  readonly groupId: string;
  readonly onMade: (made: ProviderComparison) => void;
  readonly onClose: () => void;
}

/** Takes the table of a provider, as a file or as text, and says what of the group it is about. */
export function CompareDialog({ groupId, onMade, onClose }: CompareDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const { services, accounts } = useChoices(groupId);
  const [chosen, setChosen] = useState<string>();
  const [file, setFile] = useState<ReadFile>();
  const [lacks, setLacks] = useState<'noTable' | 'tooLong'>();
  const compare = useCompare(groupId, onMade);
  const service = chosen ?? services[0] ?? '';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const content = file?.text ?? textIn(fields, 'content');
    const lacking = !content ? 'noTable' : content.length > mostCharacters ? 'tooLong' : undefined;
    setLacks(lacking);
    if (content && !lacking) compare.mutate({ service_name: service, upstream_id: textIn(fields, 'upstream_id'), content });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('compare.new')}
      note={t('compare.note')}
      footer={<DialogFooter form={form} go={t('compare.go')} isPending={compare.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Whose service={service} services={services} accounts={accounts} onChoose={setChosen} />
        <CsvFile
          file={file}
          onRead={(read) => {
            setLacks(undefined);
            setFile(read);
          }}
        />
        <Pasted isHidden={file !== undefined} lacks={lacks} />
        <ProblemNote error={compare.error} />
      </form>
    </Dialog>
  );
}

interface WhoseProps {
  readonly service: string;
  readonly services: readonly string[];
  readonly accounts: readonly UpstreamAccount[];
  readonly onChoose: (service: string) => void;
}

function Whose({ service, services, accounts, onChoose }: WhoseProps) {
  const { t } = useTranslation();
  return (
    <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
      <SelectField label={t('usage.service')} value={service} onChange={({ target }) => onChoose(target.value)}>
        {services.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('compare.account')} name="upstream_id" defaultValue="">
        <option value="">{t('compare.everyAccount')}</option>
        {accounts
          .filter(({ service_name }) => service_name === service)
          .map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
      </SelectField>
    </div>
  );
}

/** The table as text, unless it comes as a file; and what is wrong with either. */
function Pasted({ isHidden, lacks }: { isHidden: boolean; lacks: 'noTable' | 'tooLong' | undefined }) {
  const { t } = useTranslation();
  const wrong = lacks && t(`compare.${lacks}`);
  if (isHidden)
    return wrong ? (
      <p role="alert" className="text-bad text-xs">
        {wrong}
      </p>
    ) : null;
  return (
    <TextArea
      label={t('compare.text')}
      name="content"
      rows={6}
      error={wrong}
      hint={t('compare.textHint')}
      placeholder="date,model,input_tokens,output_tokens,cost_usd"
    />
  );
}
