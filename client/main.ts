import { browserPreferences } from './browser-preferences.ts';
import { PageBadge } from './page-badge.ts';
import type { ReattachPanelElement } from './panel-interface.ts';
import './reattach-panel.ts';
import { queryAt, whereaboutsOf } from './state/held-address.ts';
import { countOf } from './state/needs-you.ts';

/** Under this key `public/theme.js` reads the theme before the page is painted. */
const THEME_KEY = 'reattach.theme';

/** The page around the panel: its address, its title and icon, and the theme it remembers. */
function hold(panel: ReattachPanelElement): void {
  const badge = new PageBadge(document);

  const goWhereAddressIs = () => void Object.assign(panel, whereaboutsOf(location.search));
  goWhereAddressIs();
  addEventListener('popstate', goWhereAddressIs);
  panel.addEventListener('place-changed', ({ detail: { replaces, ...place } }) => {
    if (replaces) history.replaceState(null, '', queryAt(place));
    else history.pushState(null, '', queryAt(place));
  });

  const showTheme = (): void => {
    const theme = browserPreferences.read(THEME_KEY);
    const { dataset } = document.documentElement;
    panel.theme = theme;
    if (theme === 'light' || theme === 'dark') dataset['theme'] = theme;
    else delete dataset['theme'];
  };
  showTheme();
  addEventListener('storage', showTheme);
  panel.addEventListener('theme-changed', ({ detail: { theme } }) => {
    browserPreferences.write(THEME_KEY, theme);
    showTheme();
  });

  panel.addEventListener('needs-changed', ({ detail: { count, more } }) =>
    badge.show(countOf(count, more)),
  );
}

const panel = document.querySelector('reattach-panel');
if (panel !== null) hold(panel);
