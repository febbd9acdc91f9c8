import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly note?: string;
  /** A sticky dialog is not left by Escape or by a click beside it. */
  readonly sticky?: boolean;
  readonly children: ReactNode;
  readonly footer: ReactNode;
}

export function Dialog({ open, onClose, title, note, sticky = false, children, footer }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => (next || sticky ? undefined : onClose())} disablePointerDismissal={sticky}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-20 bg-black/50" />
        <Base.Popup className="fixed top-[8vh] z-20 left-1/2 flex max-h-[84vh] w-[min(680px,calc(100vw-24px))] -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-line-strong bg-panel shadow-2xl">
          <div className="px-5 pt-4">
            <Base.Title className="font-semibold text-base">{title}</Base.Title>
            {note ? <Base.Description className="mt-1 text-[13px] text-ink-2">{note}</Base.Description> : null}
          </div>
          <div className="flex flex-col gap-4 overflow-y-auto px-5 py-4">{children}</div>
          <div className="flex flex-wrap items-center justify-end gap-2 border-line border-t px-5 py-3">{footer}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
