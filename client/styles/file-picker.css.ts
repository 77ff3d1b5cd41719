import { css } from 'lit';

export const filePickerStyles = css`
  :host {
    display: block;
    min-width: 0;
  }

  .field {
    display: grid;
    gap: 3px;
  }

  label {
    font-weight: 600;
  }

  .required {
    margin-inline-start: 6px;
    color: var(--text-quiet);
    font-size: 11px;
    font-weight: 400;
  }

  .drop {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
    padding: 6px 8px;
    border: 1px dashed var(--border-strong);
    border-radius: var(--radius);
    background: var(--surface);
  }

  .over .drop {
    border-style: solid;
    border-color: var(--accent);
    background: var(--surface-selected);
  }

  input {
    max-width: 100%;
    min-width: 0;
  }

  #help:empty {
    display: none;
  }

  ul {
    display: grid;
    gap: 4px;
  }

  li {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    padding: 3px 4px 3px 6px;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
  }

  img,
  .icon {
    flex: none;
    width: 40px;
    height: 40px;
    object-fit: contain;
    border-radius: 2px;
    background: var(--surface-sunken);
  }

  .icon {
    width: 26px;
    height: 32px;
    margin-inline: 7px;
    border: 1px solid var(--border-strong);
    border-start-end-radius: 9px;
  }

  .name {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .name .quiet-text {
    display: block;
    font-size: 12px;
  }
`;
