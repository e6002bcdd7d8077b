import { html, nothing } from "lit-html";
import { ask, newKey } from "./api.js";
import { quantityText } from "./format.js";
import { attempt, change, state } from "./state.js";
import { heading, loading, problemBox, type View } from "./views.js";
import type { Job, Offers, Session } from "./wire.js";

let key = newKey();

/** A form whose fields follow what the platform offers. */
export function newClusterPage(): View {
  const { offers, session, busy } = state;
  if (offers === undefined || session == null) return html`${heading("New cluster")} ${problemBox()} ${loading()}`;
  return html`
    ${heading("New cluster")} ${problemBox()}
    <form class="card form" @submit=${submit} autocomplete="off">
      <fieldset>
        <legend>Cluster</legend>
        ${customerField(session)}
        <label>
          Name
          <input
            name="name"
            required
            maxlength="40"
            pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?"
            aria-describedby="name-help"
          />
          <span class="help" id="name-help">a–z, 0–9 and - inside; it stays</span>
        </label>
        <label>
          Kubernetes version
          <select name="version" required>
            ${offers.versions.map((version) => html`<option>${version}</option>`)}
          </select>
        </label>
      </fieldset>
      <fieldset>
        <legend>Machines</legend>
        <div class="choices" role="radiogroup" aria-label="Size of machines">${sizes(offers)}</div>
        <div class="pair">
          <label>
            Machines now
            <input name="machines" type="number" min="0" max=${offers.mostMachines} value="1" required />
          </label>
          <label>
            Up to
            <input
              name="upTo"
              type="number"
              min="1"
              max=${offers.mostMachines}
              value="3"
              required
              aria-describedby="up-to-help"
            />
            <span class="help" id="up-to-help">its quota has room for so many</span>
          </label>
        </div>
      </fieldset>
      <fieldset>
        <legend>Access</legend>
        <label>
          Networks that may connect to its API
          <input name="allow" placeholder="203.0.113.0/24" aria-describedby="allow-help" />
          <span class="help" id="allow-help">separated by commas; empty: only from inside of the cloud</span>
        </label>
        <label class="check">
          <input name="isProtected" type="checkbox" aria-describedby="protected-help" />
          Production: protected from deletion
        </label>
        <span class="help" id="protected-help">only operators can delete it then</span>
      </fieldset>
      <div class="actions">
        <button class="primary" ?disabled=${busy}>Create cluster</button>
        <a class="button" href="#/clusters">Cancel</a>
      </div>
    </form>
  `;
}

function customerField({ customers, known }: Session): View {
  const list = customers === "*" ? [] : customers;
  if (list.length === 0) {
    return html`<label>
      Customer
      <input name="customer" required maxlength="40" list="customers" />
      <datalist id="customers">${known.map((customer) => html`<option value=${customer}></option>`)}</datalist>
    </label>`;
  }
  return html`<label>
    Customer
    <select name="customer" required>
      ${list.map((customer) => html`<option>${customer}</option>`)}
    </select>
  </label>`;
}

function sizes({ sizes: all }: Offers): View {
  return html`${all.map(
    ({ name, cpus, memory, disk }, index) =>
      html`<label class="choice">
        <input type="radio" name="size" value=${name} required ?checked=${index === 0} />
        <span>
          <strong>${name}</strong>
          <span class="quiet"
            >${cpus} vCPU, ${quantityText(memory)}
            memory${disk === undefined ? nothing : html`, ${quantityText(disk)} disk`}</span
          >
        </span>
      </label>`,
  )}`;
}

async function submit(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const fields = new FormData(form);
  const text = (name: string) => {
    const value = fields.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const wanted = {
    customer: text("customer"),
    name: text("name"),
    version: text("version"),
    pools: [{ name: "workers", size: text("size"), machines: Number(text("machines")), upTo: Number(text("upTo")) }],
    allow: text("allow")
      .split(/[\s,]+/)
      .filter((network) => network !== ""),
    isProtected: fields.get("isProtected") === "on",
  };
  await attempt(async () => {
    const job = await ask<Job>("POST", "/clusters", wanted, key);
    key = newKey();
    change({ notice: `${job.cluster} is being created` });
    location.hash = `#/clusters/${encodeURIComponent(job.cluster)}`;
  });
}
