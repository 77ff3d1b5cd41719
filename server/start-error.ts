/** Why the server cannot start. The message is the one line that a person is shown. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
