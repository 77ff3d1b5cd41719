import type { ChatTransport } from 'ai';
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ChatMessage } from '../shared/chat.ts';
import { packageFile } from './package-folder.ts';

/** What a reader of its own has of a turn. */
export interface Following {
  readonly message?: ChatMessage;
  readonly cursor?: string;
  readonly isOver?: boolean;
}

/** What the modules of docs/chat-clients.md export, as far as it is used here. */
export interface ChatModules {
  readonly sessionAt: (server: string, sessionId: string) => string;
  readonly loadChat: (session: string) => Promise<{ messages: ChatMessage[]; cursor: string }>;
  readonly chatTransport: (
    session: string,
    getMessages: () => ChatMessage[],
  ) => ChatTransport<ChatMessage>;
  readonly follow: (
    session: string,
    from: Following,
    show?: (message: ChatMessage) => void,
  ) => Promise<Following>;
}

/** Loads the code of the installed page, in a folder that is made in `directory`, beside the real SDK. */
export async function chatModules(directory: string): Promise<ChatModules> {
  const folder = await mkdtemp(join(directory, 'chat-'));
  const sdk = fileURLToPath(new URL('../node_modules', import.meta.url));
  await symlink(sdk, join(folder, 'node_modules'), 'junction');
  const page = await readFile(packageFile('docs', 'chat-clients.md'), 'utf8');
  const modules = {};
  for (const [, name = '', code = ''] of page.matchAll(/```js\n\/\/ (\S+\.mjs)\n(.*?)```/gs)) {
    await writeFile(join(folder, name), code);
    Object.assign(modules, await import(pathToFileURL(join(folder, name)).href));
  }
  return modules as ChatModules;
}
