import type { ProxyCheck, ProxyView } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatMs, formatPercent, formatRelative, formatUsd } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { type State, Status } from '../../../ui/glyph.tsx';
import { Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { ProxyState } from './proxy-state.tsx';
import { ProxyUsagePart } from './proxy-usage.tsx';
import { useProxyCall } from './use-proxy-call.ts';

interface ProxyPeekProps {
  readonly proxy: ProxyView;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

export function ProxyPeek({ proxy, onEdit, onRemove, onClose }: ProxyPeekProps) {
  const { t } = useTranslation();
  const check = useProxyCall();
  const isUsed = proxy.used_by_groups.length > 0;
  return (
    <Peek
      title={proxy.name}
      note={proxy.description || undefined}
      onClose={onClose}
      footer={
        <>
          <Button kind="primary" onClick={onEdit}>
            {t('action.edit')}
          </Button>
          <Button disabled={check.isPending} onClick={() => check.mutate({ method: 'POST', path: `/${proxy.id}/health-check` })}>
            {t(check.isPending ? 'proxy.checking' : 'proxy.checkNow')}
          </Button>
          <Button
            kind="danger"
            className="ml-auto"
            disabled={isUsed}
            title={isUsed ? t('proxy.removeUsed') : undefined}
            onClick={onRemove}
          >
            {t('proxy.remove')}
          </Button>
        </>
      }
    >
      <ProblemNote error={check.error} />
      <ProxyFacts proxy={proxy} />
      <CheckPart check={proxy.health_check} at={proxy.last_check_at} />
      <ProxyUsagePart proxyId={proxy.id} />
    </Peek>
  );
}

function ProxyFacts({ proxy }: { proxy: ProxyView }) {
  const { t } = useTranslation();
  const address = `${proxy.proxy_type}://${proxy.username ? `${proxy.username}@` : ''}${proxy.host}:${proxy.port}`;
  return (
    <Facts
      facts={[
        [t('group.status'), <ProxyState key="is" status={proxy.status} />],
        [
          t('proxy.address'),
          <code key="address" className="break-all font-mono text-xs">
            {address}
          </code>,
        ],
        [t('proxy.place'), [proxy.city, proxy.region, proxy.country].filter(Boolean).join(', ') || '—'],
        [t('proxy.provider'), [proxy.provider, proxy.provider_plan].filter(Boolean).join(' · ') || '—'],
        [t('proxy.cost'), formatUsd(proxy.cost_per_month)],
        [t('proxy.connections'), `${proxy.usage_stats.current_connections} / ${proxy.max_concurrent}`],
        [t('proxy.usedBy'), t('proxy.groupCount', { count: proxy.used_by_groups.length })],
      ]}
    />
  );
}

const tests: Record<ProxyCheck['anonymity_test'], State> = { passed: 'ok', failed: 'bad', not_tested: 'off' };

function Tested({ test }: { test: ProxyCheck['anonymity_test'] }) {
  const { t } = useTranslation();
  return <Status state={tests[test]}>{t(`proxy.tests.${test}`)}</Status>;
}

function CheckPart({ check, at }: { check: ProxyCheck | null; at: string | null }) {
  const { t, i18n } = useTranslation();
  if (!check)
    return <Part title={t('proxy.checked')}>{<p className="text-[13px] text-ink-2">{t('proxy.neverChecked')}</p>}</Part>;
  const isWell = check.connectivity === 'ok';
  const level = check.anonymity_level ? t(`proxy.anonymities.${check.anonymity_level}`) : '—';
  return (
    <Part title={t('proxy.checked')}>
      <Facts
        facts={[
          [
            t('proxy.connects'),
            <Status key="is" state={isWell ? 'ok' : 'bad'}>
              {isWell ? t('proxy.tests.passed') : (check.problem ?? t('proxy.tests.failed'))}
            </Status>,
          ],
          [t('proxy.checkedAt'), at ? formatRelative(at, i18n.language, Date.now()) : '—'],
          [t('proxy.checkedBy'), t(`proxy.checkers.${check.checked_by}`)],
          [t('proxy.latency'), formatMs(check.latency_ms)],
          [t('proxy.rate24'), formatPercent(check.success_rate)],
          [t('proxy.exit'), [check.exit_address, check.exit_country].filter(Boolean).join(' · ') || '—'],
          [t('proxy.countryTest'), <Tested key="country" test={check.geolocation_check} />],
          [t('proxy.anonymity'), level],
          [t('proxy.anonymityTest'), <Tested key="anonymity" test={check.anonymity_test} />],
          [t('proxy.dnsTest'), <Tested key="dns" test={check.dns_leak_test} />],
        ]}
      />
    </Part>
  );
}
