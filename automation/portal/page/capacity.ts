import { html, nothing, svg } from "lit-html";
import { amount, money } from "./format.js";
import { state } from "./state.js";
import { heading, loading, problemBox, type View } from "./views.js";
import type { CustomerCapacity } from "./wire.js";

const KINDS = [
  { kind: "cpu", name: "CPU" },
  { kind: "memory", name: "Memory" },
  { kind: "storage", name: "Storage" },
] as const;

/** Width of a bar in the picture's units. */
const WIDTH = 600;
/** Colours that differ also without colour vision, by lightness; there are words beside them. */
const COLOURS = 6;

/** Quota of customers and what it costs: pictures, with the same in words. */
export function capacityPage(): View {
  const { capacity } = state;
  return html`
    ${heading("Capacity")} ${problemBox()}
    ${
      capacity === undefined
        ? loading()
        : capacity.customers.length === 0
          ? html`<div class="card empty"><p>There is no quota yet.</p></div>`
          : capacity.customers.map((customer) => customerCard(customer, capacity.currency))
    }
  `;
}

function customerCard({ customer, limit, clusters }: CustomerCapacity, currency: string | undefined): View {
  const total = clusters.reduce((sum, { cost = 0 }) => sum + cost, 0);
  return html`<section class="card" aria-labelledby="of-${customer}">
    <div class="head">
      <h2 id="of-${customer}">${customer}</h2>
      ${currency === undefined ? nothing : html`<p><strong>${money(total, currency)}</strong> <span class="quiet">a month</span></p>`}
    </div>
    ${KINDS.map(({ kind, name }) =>
      bar(
        name,
        clusters.map(({ id, quota }) => ({ id, value: quota[kind] })),
        limit[kind],
        (value) => amount(kind, value),
      ),
    )}
    ${
      currency === undefined
        ? nothing
        : bar(
            "Cost a month",
            clusters.map(({ id, cost = 0 }) => ({ id, value: cost })),
            undefined,
            (value) => money(value, currency),
          )
    }
    <ul class="legend">
      ${clusters.map(
        ({ id }, index) =>
          html`<li>
            <svg class="key" viewBox="0 0 10 10" aria-hidden="true">
              <rect class="c${index % COLOURS}" width="10" height="10" rx="2" />
            </svg>
            ${id}
          </li>`,
      )}
    </ul>
  </section>`;
}

function bar(
  name: string,
  parts: readonly { readonly id: string; readonly value: number }[],
  limit: number | undefined,
  words: (value: number) => string,
): View {
  const used = parts.reduce((sum, { value }) => sum + value, 0);
  const whole = Math.max(limit ?? 0, used);
  const scale = whole === 0 ? 0 : WIDTH / whole;
  const text = limit === undefined ? words(used) : `${words(used)} of ${words(limit)}`;
  const last = parts.length - 1;
  const each = parts.map(({ id, value }) => `${id} ${words(value)}`).join(", ");
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { value }) => sum + value, 0));
  return html`<figure>
    <figcaption><span>${name}</span> <span>${text}</span></figcaption>
    <svg
      class="bar"
      viewBox="0 0 ${WIDTH} 18"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}: ${text}${each === "" ? "" : ` (${each})`}"
    >
      <rect class="room" width=${WIDTH} height="18" rx="4" />
      ${parts.map(({ value }, index) => svg`<rect class="c${index % COLOURS}" x=${(starts[index] ?? 0) * scale} width=${Math.max(0, value * scale - (index === last ? 0 : 1))} height="18" rx="2" />`)}
    </svg>
  </figure>`;
}
