import { useTranslation } from 'react-i18next';

/** Why a node holds something against an account: in words where there are some, with the code itself on top of it. */
export function Reason({ code }: { code: string | null }) {
  const { t, i18n } = useTranslation();
  if (code === null) return <span className="text-ink-3">—</span>;
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (i18n.exists(`reason.${code}`)) return <span title={code}>{i18n.t(`reason.${code}`)}</span>;
  if (status !== undefined) return <span title={code}>{t('reason.http', { status })}</span>;
  return <code className="font-mono text-xs">{code}</code>;
}
