import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatMs, formatPercent, formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { Trouble } from '../../../ui/health/trouble.tsx';
import { type Fact, Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { Table } from '../../../ui/table.tsx';
import { TestButton } from './test-button.tsx';
import { useProxyChoices } from './use-proxy-choices.ts';

type Act = 'edit' | 'remove' | 'sign-in';

interface AccountPeekProps {
  readonly account: UpstreamAccount;
  readonly isOwn: boolean;
  readonly canSignIn: boolean;
  readonly onAct: (act: Act) => void;
  readonly onClose: () => void;
}

export function AccountPeek({ account, isOwn, canSignIn, onAct, onClose }: AccountPeekProps) {
  const { t } = useTranslation();
  const testPath = `/carpool/groups/${account.group_id}/upstream-accounts/${account.id}/test`;
  return (
    <Peek
      title={account.name}
      note={account.service_name}
      onClose={onClose}
      footer={
        <>
          {isOwn || account.owner_id === null ? (
            <Button kind="primary" onClick={() => onAct('edit')}>
              {t('action.edit')}
            </Button>
          ) : null}
          <TestButton path={testPath} name={account.name} />
          {canSignIn ? <Button onClick={() => onAct('sign-in')}>{t('signIn.anew')}</Button> : null}
          <Button kind="danger" className="ml-auto" onClick={() => onAct('remove')}>
            {t('action.remove')}
          </Button>
        </>
      }
    >
      <AccountFacts account={account} isOwn={isOwn} />
      <Part title={t('health.byNode')}>
        <HealthByNode health={account.health} />
      </Part>
    </Peek>
  );
}

function AccountFacts({ account, isOwn }: { account: UpstreamAccount; isOwn: boolean }) {
  const { t, i18n } = useTranslation();
  const proxies = useProxyChoices(isOwn ? undefined : account.group_id);
  const when = (instant: string) => formatRelative(instant, i18n.language, Date.now());
  const proxy = proxies.find(({ id }) => id === account.proxy_resource_id)?.name ?? account.proxy_resource_id;
  const shared: Fact[] = [
    [t('service.weight'), account.weight],
    [t('provider.baseUrl'), account.base_url ?? t('upstream.ofService')],
    [t('upstream.proxy'), proxy ?? t('upstream.asGroup')],
    [t('upstream.owner'), t(account.owner_id === null ? 'upstream.sharedByGroup' : 'upstream.ofOneMember')],
  ];
  const facts: Fact[] = [
    [
      t('group.status'),
      <Status key="is" state={account.status === 'active' ? 'ok' : 'off'}>
        {t(`upstream.is.${account.status}`)}
      </Status>,
    ],
    [t('health.title'), <HealthState key="health" health={account.health} />],
    [t('upstream.kind'), `${t(`upstream.kinds.${account.auth_type}`)} …${account.credential_hint ?? ''}`],
    [t('key.expires'), account.expires_at ? when(account.expires_at) : t('upstream.notKnown')],
    [t('upstream.priority'), account.priority],
    [t('upstream.concurrency'), account.concurrency ?? t('limits.none')],
    ...(isOwn ? [] : shared),
  ];
  return (
    <>
      <Facts facts={facts} />
      {account.sign_in ? <SignInFacts signIn={account.sign_in} when={when} /> : null}
    </>
  );
}

interface SignInFactsProps {
  readonly signIn: NonNullable<UpstreamAccount['sign_in']>;
  readonly when: (instant: string) => string;
}

function SignInFacts({ signIn, when }: SignInFactsProps) {
  const { t } = useTranslation();
  const isWell = signIn.state === 'signed_in';
  return (
    <Part title={t('provider.signIn')}>
      <Facts
        facts={[
          [
            t('group.status'),
            <Status key="is" state={isWell ? 'ok' : 'bad'}>
              {t(isWell ? 'signIn.well' : 'upstream.needsSignIn')}
            </Status>,
          ],
          [t('signIn.renewed'), when(signIn.refreshed_at)],
          [t('signIn.next'), signIn.next_refresh_at ? when(signIn.next_refresh_at) : '—'],
          ...(signIn.last_error ? ([[t('signIn.lastError'), signIn.last_error]] as const) : []),
        ]}
      />
    </Part>
  );
}

function HealthByNode({ health }: Pick<UpstreamAccount, 'health'>) {
  const { t } = useTranslation();
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <Table
        tight
        label={t('health.byNode')}
        rows={health?.by_node ?? []}
        rowKey={({ node_id }) => node_id}
        empty={t('health.nothingKnown')}
        columns={[
          { key: 'node', title: t('node.name'), cell: ({ node_name }) => node_name },
          { key: 'is', title: t('group.status'), cell: (said) => <HealthState health={said} /> },
          { key: 'why', title: t('events.why'), cell: (said) => <Trouble said={said} /> },
          { key: 'now', title: t('node.inFlight'), numeric: true, cell: ({ active_requests }) => active_requests },
          { key: 'time', title: t('health.time'), numeric: true, cell: (said) => formatMs(said.avg_response_time_ms) },
          {
            key: 'rate',
            title: t('health.rate'),
            numeric: true,
            cell: ({ success_rate }) => formatPercent(success_rate === null ? null : success_rate * 100),
          },
        ]}
      />
    </div>
  );
}
