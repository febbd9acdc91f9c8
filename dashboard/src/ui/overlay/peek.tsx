import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../button.tsx';

interface PeekProps {
  readonly onClose: () => void;
  readonly title: string;
  readonly note?: string | undefined;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
}

/** All about one row, beside the list it is in; the whole screen on a phone. */
export function Peek({ onClose, title, note, children, footer }: PeekProps) {
  const { t } = useTranslation();
  return (
    <Base.Root open onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-20 bg-black/25" />
        <Base.Popup className="fixed inset-y-0 right-0 z-20 flex w-[min(600px,100vw)] flex-col border-line-strong border-l bg-panel shadow-2xl max-md:border-l-0">
          <div className="flex items-start gap-3 border-line border-b py-3 pr-2 pl-5">
            <div className="min-w-0 flex-1 py-0.5">
              <Base.Title className="break-words font-semibold text-base">{title}</Base.Title>
              {note ? <Base.Description className="mt-0.5 text-[13px] text-ink-2">{note}</Base.Description> : null}
            </div>
            <Base.Close render={<Button kind="ghost" aria-label={t('action.close')} />}>
              <X className="size-4" aria-hidden="true" />
            </Base.Close>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <section aria-label={title} tabIndex={0} className="flex flex-1 flex-col gap-6 overflow-y-auto px-5 py-4">
            {children}
          </section>
          {footer ? <div className="flex flex-wrap items-center gap-2 border-line border-t px-5 py-3">{footer}</div> : null}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
