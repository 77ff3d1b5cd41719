/** The time of day, `14:02`, or with its date when that is not the day of `now`; in Unix seconds. */
export function clockTime(time: number, now: number): string {
  const date = new Date(time * 1000);
  const clock = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const today = new Date(now * 1000).toDateString() === date.toDateString();
  return today ? clock : `${date.toLocaleDateString(undefined, { dateStyle: 'medium' })}, ${clock}`;
}
