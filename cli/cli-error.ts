/** Why a command cannot do what it was told. The message is the line that a person is shown. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}
