/** Tabs that speak another version of the conversation between tabs do not hear one another. */
const NAME = 'reattach-watch-1';

/** Where all tabs hear. */
export const HALL = NAME;
/** The lock of the tab that holds the connection. */
export const HOLDER_LOCK = `${NAME}/holder`;
/** A tab holds it as long as it lives. */
export const tabLock = (tab: string) => `${NAME}/tab/${tab}`;
/** Where a tab hears what is said to it. */
export const tabChannel = (tab: string) => `${NAME}/to/${tab}`;
