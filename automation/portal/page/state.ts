import { ApiError, get } from "./api.js";
import type { AuditEntry, Capacity, Cluster, Job, JobEvent, Offers, ProblemDetails, Session } from "./wire.js";

export type Route =
  | { readonly page: "clusters" }
  | { readonly page: "new" }
  | { readonly page: "cluster"; readonly id: string }
  /** A login at the issuer ended with this HTTP status. */
  | { readonly page: "login-refused"; readonly status: string }
  | { readonly page: "capacity" }
  | { readonly page: "log" };

/** All that the page shows. */
export interface State {
  route: Route;
  /** Undefined: not known yet; null: nobody. */
  session: Session | null | undefined;
  login: { readonly oidc: boolean; readonly token: boolean };
  offers: Offers | undefined;
  clusters: readonly Cluster[] | undefined;
  capacity: Capacity | undefined;
  log: readonly AuditEntry[] | undefined;
  job: Job | undefined;
  events: readonly JobEvent[];
  /** What the last request was refused with. */
  problem: ProblemDetails | undefined;
  /** Read out by screen readers, and shown for a moment. */
  notice: string;
  busy: boolean;
}

export const state: State = {
  route: { page: "clusters" },
  session: undefined,
  login: { oidc: false, token: true },
  offers: undefined,
  clusters: undefined,
  capacity: undefined,
  log: undefined,
  job: undefined,
  events: [],
  problem: undefined,
  notice: "",
  busy: false,
};

let draw = (): void => undefined;
let scheduled = false;
let fading: ReturnType<typeof setTimeout> | undefined;

/** Milliseconds that a notice stays. */
const NOTICE = 6000;

export function onChange(render: () => void): void {
  draw = render;
}

/** Changes what is shown; several changes in a row are drawn once. */
export function change(part: Partial<State>): void {
  Object.assign(state, part);
  if (part.notice !== undefined && part.notice !== "") {
    clearTimeout(fading);
    fading = setTimeout(() => change({ notice: "" }), NOTICE);
  }
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    draw();
  });
}

/** Does something for the user; what it is refused with is shown. @returns whether it was done. */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  change({ busy: true, problem: undefined });
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.details.status === 401 && state.session !== null) {
      change({ session: null, problem: { status: 401, title: "Your session has ended; log in again" } });
    } else {
      const details = error instanceof ApiError ? error.details : { status: 0, title: "The portal does not answer" };
      change({ problem: details });
    }
    return false;
  } finally {
    change({ busy: false });
  }
}

export function routeOf(hash: string): Route {
  const [page = "", id = ""] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (page === "clusters" && id !== "") return { page: "cluster", id };
  if (page === "login-refused") return { page, status: id };
  if (page === "new" || page === "capacity" || page === "log") return { page };
  return { page: "clusters" };
}

/** Loads what a page shows. */
export async function load(route: Route): Promise<void> {
  const clusters = async () => change({ clusters: await get<Cluster[]>("/clusters") });
  if (route.page === "capacity") change({ capacity: await get<Capacity>("/capacity") });
  else if (route.page === "log") change({ log: await get<AuditEntry[]>("/audit") });
  else if (route.page === "new") change({ offers: state.offers ?? (await get<Offers>("/offers")) });
  else await clusters();
}
