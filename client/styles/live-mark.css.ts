import { css } from 'lit';

export const liveMarkStyles = css`
  .live-mark {
    display: flex;
    align-items: center;
    gap: 10px;
    padding: 3px 0;
    color: var(--running);
    font-size: 11px;
  }

  .live-mark::before,
  .live-mark::after {
    content: '';
    flex: 1;
    border-top: 1px solid currentColor;
    opacity: 0.5;
  }
`;
