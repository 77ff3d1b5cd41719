import type { NodeContext } from '../engine/handler.ts';

/**
 * Passes on what it is given: the value of `input` when that is its only port, else the object of
 * all its ports.
 */
export function output(ctx: NodeContext) {
  const { input, ...others } = ctx.inputs;
  return {
    output: input !== undefined && Object.keys(others).length === 0 ? input : ctx.inputs,
  };
}
