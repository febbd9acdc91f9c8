/**
 * Copies text, also on plain http, where `navigator.clipboard` does not exist. `near` is an element of the
 * open dialog: a text area outside it would lose the focus to the dialog's trap.
 */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed here; the old way below may still be.
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  near.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
