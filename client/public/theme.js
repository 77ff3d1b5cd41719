// Runs before the first paint, so that a page whose theme is chosen never flashes in the other one.
// It is a file of its own because the Content-Security-Policy lets no script stand in the page.
try {
  const theme = localStorage.getItem('reattach.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's theme it is.
}
