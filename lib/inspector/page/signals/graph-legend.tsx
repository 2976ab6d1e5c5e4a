const DELIVERIES = { inline: 'inline', deferred: 'at a moment of the transaction', durable: 'durable' };

/** How an arrow is drawn. */
export function styleOf(delivery: string): string {
  return delivery === '' || delivery === 'inline' || delivery === 'durable' ? delivery : 'deferred';
}

export function Legend() {
  return (
    <ul class="legend">
      {Object.entries(DELIVERIES).map(([style, text]) => (
        <li key={style}>
          <svg class="sample" width="28" height="8" aria-hidden="true">
            <path class={`arrow ${style}`} d="M0 4H28" />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}
