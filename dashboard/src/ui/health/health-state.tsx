import { useTranslation } from 'react-i18next';
import { type State, Status } from '../glyph.tsx';

const states: Record<'healthy' | 'degraded' | 'unhealthy', State> = { healthy: 'ok', degraded: 'partial', unhealthy: 'bad' };

/** What nodes say of an account or a service; the worst of them counts. */
export function HealthState({ health }: { health: { readonly status: keyof typeof states } | null }) {
  const { t } = useTranslation();
  if (!health) return <span className="text-ink-3">—</span>;
  return <Status state={states[health.status]}>{t(`health.${health.status}`)}</Status>;
}
