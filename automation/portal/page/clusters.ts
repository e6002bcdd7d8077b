import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { amount } from "./format.js";
import { state } from "./state.js";
import type { Cluster, Pool } from "./wire.js";
import { badge, heading, loading, problemBox, type View } from "./views.js";

export function machinesOf(pools: readonly Pool[]): string {
  return pools
    .map(
      ({ name, machines, autoscaledTo }) =>
        `${name} ${machines}${autoscaledTo === undefined ? "" : `–${autoscaledTo}`}`,
    )
    .join(", ");
}

/** All clusters that somebody sees. */
export function clustersPage(): View {
  const { clusters, session } = state;
  return html`
    <div class="head">
      ${heading("Clusters")}
      ${session?.readOnly === false ? html`<a class="button primary" href="#/new">New cluster</a>` : nothing}
    </div>
    ${problemBox()} ${clusters === undefined ? loading() : clusters.length === 0 ? none() : table(clusters)}
  `;
}

function none(): View {
  return html`<div class="card empty">
    <p>There are no clusters yet.</p>
    <p class="quiet">A new one is ready in a few minutes: choose its version and the size of its machines.</p>
  </div>`;
}

function table(clusters: readonly Cluster[]): View {
  return html`<div class="card wide" tabindex="0" role="region" aria-label="Clusters">
    <table>
      <thead>
        <tr>
          <th scope="col">Cluster</th>
          <th scope="col">State</th>
          <th scope="col">Version</th>
          <th scope="col">Machines</th>
          <th scope="col">Quota</th>
        </tr>
      </thead>
      <tbody>
        ${repeat(
          clusters,
          ({ id }) => id,
          (cluster) =>
            html`<tr>
              <th scope="row"><a href="#/clusters/${encodeURIComponent(cluster.id)}">${cluster.id}</a></th>
              <td>${badge(cluster.state)}</td>
              <td>${cluster.version}</td>
              <td>${machinesOf(cluster.pools)}</td>
              <td>
                ${amount("cpu", cluster.quota.cpu)}, ${amount("memory", cluster.quota.memory)},
                ${amount("storage", cluster.quota.storage)}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
