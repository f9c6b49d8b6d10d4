// A table with its headings; wider than the page it is scrolled.

import type { ComponentChildren } from 'preact';

interface TableProps {
  /** An empty one stands over a column of buttons. */
  readonly headings: readonly string[];
  /** The rows. */
  readonly children: ComponentChildren;
}

export const Table = ({ headings, children }: TableProps) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          {headings.map((heading) => (
            <th key={heading}>{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
);
