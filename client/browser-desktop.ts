import type { Desktop } from './state/notifier.ts';

/** The browser's notifications, with the picture at `icon` on them. */
export const browserDesktop = (icon: string): Desktop => ({
  permission: () => ('Notification' in globalThis ? Notification.permission : 'unsupported'),
  request: () => Notification.requestPermission(),
  hidden: () => document.hidden,
  show({ title, body, tag, onClick }) {
    try {
      const notification = new Notification(title, { body, tag, icon });
      notification.onclick = () => {
        focus();
        notification.close();
        onClick();
      };
    } catch {
      // Some phones offer notifications to service workers alone; the title's count is left.
    }
  },
});
