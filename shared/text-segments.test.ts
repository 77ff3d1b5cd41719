import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingText, type TextSegment } from './text-segments.ts';

function segmentsOf(...pieces: readonly string[]): TextSegment[] {
  const growing = new GrowingText();
  const complete = pieces.flatMap((piece) => growing.append(piece));
  return [...complete, growing.tail];
}
const joined = (segments: readonly TextSegment[]) => segments.map(({ text }) => text).join('');

const paragraph = `${'word '.repeat(299)}end`;

describe('a long text', () => {
  it('is one segment while it is short', () => {
    expect(segmentsOf('Once ', 'upon\n\n', 'a time')).toEqual([{ text: 'Once upon\n\na time' }]);
  });

  it('is cut between paragraphs', () => {
    const text = Array.from({ length: 10 }, () => paragraph).join('\n\n');
    const segments = segmentsOf(text);
    expect(joined(segments)).toBe(text);
    expect(segments.length).toBeGreaterThan(1);
    for (const { text: one } of segments) expect(one.replaceAll('\n', '')).toMatch(/^word .*end$/);
  });

  it('is not cut within a block of code or a list, unless it must be', () => {
    const code = `\`\`\`js\n${'let a;\n\nlet b;\n'.repeat(60)}\`\`\`\n\n`;
    const [first, second] = segmentsOf(`Intro\n\n${code}${paragraph}\n\n${paragraph}`);
    expect(first?.text.match(/```/g)).toHaveLength(2);
    expect(second?.text.startsWith('word')).toBe(true);
    const list = segmentsOf(`${paragraph}\n\nList:\n\n${'- item\n\n'.repeat(400)}`);
    expect(list[0]?.text).toBe(`${paragraph}\n\n`);
  });

  it('goes on with a block of code that is too long for one segment', () => {
    const segments = segmentsOf(`\`\`\`py\n${'x = 1\n'.repeat(1_200)}\`\`\`\nAfter`);
    expect(segments.map(({ fence }) => fence)).toEqual([
      undefined,
      ...Array.from({ length: segments.length - 1 }, () => '```py'),
    ]);
    expect(segments.length).toBeGreaterThan(2);
    expect(segmentsOf(`~~~\n${'`'.repeat(3)}\n${'x\n'.repeat(5_000)}`)[1]?.fence).toBe('~~~');
  });

  it('is cut anywhere when it has no place for it, but never within a character', () => {
    const text = `x${'💭'.repeat(6_000)}`;
    const segments = segmentsOf(text);
    expect(joined(segments)).toBe(text);
    expect(segments.length).toBe(9);
    for (const { text: one } of segments) expect(() => encodeURIComponent(one)).not.toThrow();
  });

  it('is whole, and in segments of bounded length, however it arrives', () => {
    const line = fc.constantFrom('a b c\n', '\n\n', '```\n', '- x\n', 'word '.repeat(200), '💭');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.integer({ min: 1, max: 40 })), { maxLength: 80 }),
        (parts) => {
          const pieces = parts.map(([text, times]) => text.repeat(times));
          const segments = segmentsOf(...pieces);
          expect(joined(segments)).toBe(pieces.join(''));
          for (const { text } of segments) expect(text.length).toBeLessThanOrEqual(2_500);
        },
      ),
      { numRuns: 100 },
    );
  });
});
