import { css } from 'lit';

/** The mark and word of a status: told apart by shape and by word, and by colour besides. */
export const statusStyles = css`
  .status {
    display: inline-flex;
    align-items: center;
    gap: 5px;
    white-space: nowrap;
    color: var(--text-quiet);
  }

  .status svg {
    width: 10px;
    height: 10px;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }

  /* Beside other texts it stands on the same line as they do. */
  .status span {
    align-self: baseline;
  }

  .status .solid {
    fill: currentColor;
    stroke: none;
  }

  .status.running,
  .status.started {
    color: var(--running);
  }

  .status.suspended,
  .status.waiting {
    color: var(--suspended);
  }

  .status.completed,
  .status.ended {
    color: var(--completed);
  }

  .status.failed,
  .status.lost {
    color: var(--failed);
  }

  @media (prefers-reduced-motion: no-preference) {
    .status .turning {
      transform-origin: 5px 5px;
      animation: turn 1.2s linear infinite;
    }
  }

  @keyframes turn {
    to {
      transform: rotate(360deg);
    }
  }
`;
