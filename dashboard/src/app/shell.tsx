import { Link, Outlet, useLocation } from '@tanstack/react-router';
import {
  Bell,
  BookCheck,
  Ellipsis,
  Gauge,
  Globe,
  KeyRound,
  Languages,
  LineChart,
  LogOut,
  Moon,
  Plug,
  ReceiptText,
  Server,
  Sun,
  Users,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAlerts } from '../features/carpool/alerts/use-alerts.ts';
import { isAdmin, type Me, useSignOut } from '../features/identity/session.tsx';
import { setLanguage } from '../lib/i18n.ts';
import { applyTheme, currentTheme } from '../lib/theme.ts';
import { Button } from '../ui/button.tsx';

/** On a phone the first ones stand in the bar below, those that are `rare` behind one more button. */
const places = [
  { to: '/admin/dashboard', name: 'nav.overview', icon: Gauge, admin: true, rare: false },
  { to: '/stats', name: 'nav.usage', icon: LineChart, admin: false, rare: false },
  { to: '/admin/groups', name: 'nav.groups', icon: Users, admin: false, rare: false },
  { to: '/keys', name: 'nav.keys', icon: KeyRound, admin: false, rare: false },
  { to: '/statements', name: 'nav.statements', icon: ReceiptText, admin: false, rare: true },
  { to: '/admin/services', name: 'nav.services', icon: Plug, admin: false, rare: true },
  { to: '/admin/proxies', name: 'nav.proxies', icon: Globe, admin: true, rare: true },
  { to: '/admin/nodes', name: 'nav.nodes', icon: Server, admin: true, rare: true },
  { to: '/admin/audit', name: 'nav.audit', icon: BookCheck, admin: 'manager', rare: true },
] as const;
type Place = (typeof places)[number];

export function Shell({ me }: { me: Me }) {
  const { t } = useTranslation();
  const shown = places.filter(({ admin }) => !admin || isAdmin(me) || (admin === 'manager' && me.role !== 'group_member'));
  return (
    <div className="grid min-h-dvh grid-cols-[216px_1fr] max-md:grid-cols-1">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-panel focus:p-2">
        {t('nav.skip')}
      </a>
      <aside className="print:hidden flex flex-col border-line border-r bg-panel p-2 max-md:fixed max-md:inset-x-0 max-md:bottom-0 max-md:z-10 max-md:border-t max-md:border-r-0 max-md:p-1">
        <div className="flex h-10 items-center gap-2 px-2 font-semibold max-md:hidden">
          <span aria-hidden="true" className="text-accent text-lg">
            ◇
          </span>
          AiCarpool
        </div>
        <Places places={shown} />
        <Account me={me} />
      </aside>
      <main id="content" tabIndex={-1} className="min-w-0 outline-none max-md:pb-16">
        <Bar />
        <Outlet />
      </main>
    </div>
  );
}
function Places({ places }: { places: readonly Place[] }) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const here = useLocation({ select: ({ pathname }) => pathname });
  const isRare = places.some(({ rare, to }) => rare && here.startsWith(to));
  const close = () => setIsOpen(false);
  const links = (rare: boolean) =>
    places.filter((place) => place.rare === rare).map((place) => <PlaceLink key={place.to} place={place} onClick={close} />);
  return (
    <nav aria-label={t('nav.label')} className="mt-2 flex flex-col gap-0.5 max-md:mt-0">
      <div className="contents max-md:flex">
        {links(false)}
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className={`md:hidden ${placeLook} ${isRare ? '!bg-accent-soft !text-ink font-medium' : ''}`}
        >
          <Ellipsis className="size-4" aria-hidden="true" />
          {t('action.more')}
        </button>
      </div>
      <div
        className={`contents ${isOpen ? 'max-md:order-first max-md:flex max-md:border-line max-md:border-b' : 'max-md:hidden'}`}
      >
        {links(true)}
      </div>
    </nav>
  );
}

const placeLook =
  'flex h-8 items-center gap-2.5 rounded-md px-2 text-[13px] text-ink-2 hover:bg-raised hover:text-ink max-md:h-12 max-md:flex-1 max-md:flex-col max-md:justify-center max-md:gap-0.5 max-md:px-0.5 max-md:text-[11px] max-md:leading-3';

function PlaceLink({ place, onClick }: { place: Place; onClick: () => void }) {
  const { t } = useTranslation();
  const { to, name, icon: Icon } = place;
  return (
    <Link to={to} onClick={onClick} className={placeLook} activeProps={{ className: '!bg-accent-soft !text-ink font-medium' }}>
      <Icon className="size-4" aria-hidden="true" />
      {t(name)}
    </Link>
  );
}

function Bar() {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState(currentTheme);
  const signOut = useSignOut();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <div className="flex h-11 items-center justify-end gap-1 border-line border-b bg-panel px-3 print:hidden">
      <AlertLink />
      <Button kind="ghost" onClick={() => setLanguage(i18n.language === 'zh' ? 'en' : 'zh')}>
        <Languages className="size-4" aria-hidden="true" />
        {t('action.otherLanguage')}
      </Button>
      <Button
        kind="ghost"
        aria-label={t(`action.theme.${other}`)}
        onClick={() => {
          applyTheme(other, true);
          setTheme(other);
        }}
      >
        {theme === 'dark' ? <Sun className="size-4" /> : <Moon className="size-4" />}
      </Button>
      <Button kind="ghost" aria-label={t('action.signOut')} onClick={signOut}>
        <LogOut className="size-4" />
      </Button>
    </div>
  );
}

/** How many alerts wait for somebody to see them. */
function AlertLink() {
  const { t } = useTranslation();
  const { data } = useAlerts({ open: true });
  const count = data?.pagination.total ?? 0;
  return (
    <Link
      to="/alerts"
      aria-label={t('alert.count', { count })}
      className="relative inline-flex h-8 items-center gap-1.5 rounded-md px-3 text-[13px] text-ink-2 hover:bg-raised hover:text-ink max-md:h-11"
    >
      <Bell className="size-4" aria-hidden="true" />
      <span className="min-w-4 font-medium text-bad">{count > 99 ? '99+' : count > 0 ? count : ''}</span>
    </Link>
  );
}

function Account({ me }: { me: Me }) {
  const { t } = useTranslation();
  return (
    <div className="mt-auto rounded-md border border-line px-3 py-2 text-[13px] leading-4 max-md:hidden">
      <div className="truncate font-medium">{me.name}</div>
      <div className="truncate text-ink-3 text-xs">{t(`role.${me.role}`)}</div>
    </div>
  );
}
