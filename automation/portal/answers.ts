import type { FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { InvalidInput } from "../../components/core/problem";
import { WorkFailed } from "./cloud";
import type { ProblemDetails, Wrong } from "./page/wire";
import { Refusal } from "./refusal";

const PROBLEM = "application/problem+json";
const LONGEST = 80;

/** Makes every answer that is no success one of RFC 9457. What went wrong inside is told to the log alone. */
export function answerProblems(app: FastifyInstance, log: (line: string) => void): void {
  app.setErrorHandler(async (error, request, reply) => {
    const { details, headers } = answerTo(error);
    if (details.status >= 500 || error instanceof WorkFailed) log(`${request.method} ${request.url}: ${textOf(error)}`);
    // a person who comes back from the issuer gets the page, which says in words what a status means
    if (request.url.startsWith("/login") && request.headers.accept?.includes("text/html") === true)
      return reply.redirect(`/#/login-refused/${details.status}`, 303);
    return reply.status(details.status).headers(headers).type(PROBLEM).send(details);
  });
  app.setNotFoundHandler((_request, reply) => {
    const details: ProblemDetails = { status: 404, title: "There is nothing here" };
    return reply.status(404).type(PROBLEM).send(details);
  });
}

function answerTo(error: unknown): { details: ProblemDetails; headers: Readonly<Record<string, string>> } {
  const of = (status: number, title: string, problems?: readonly Wrong[], headers = {}) => ({
    details: { status, title, ...(problems === undefined ? {} : { problems }) },
    headers,
  });
  if (error instanceof Refusal) return of(error.status, error.title, error.more.problems, error.more.headers);
  if (error instanceof InvalidInput) return of(422, "This cannot be done", error.problems);
  if (error instanceof WorkFailed) return of(error.kind === "missing" ? 409 : 502, error.meaning);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map(({ instancePath, message = "does not fit" }) => ({
      where: instancePath.replace(/^\//, "").replaceAll("/", ".") || "(top)",
      given: "this value",
      rule: message,
      fix: "correct it",
    }));
    return of(400, "The request is malformed", problems);
  }
  // of the framework itself: body too large, no JSON, unknown media type
  if (
    error instanceof Error &&
    "statusCode" in error &&
    typeof error.statusCode === "number" &&
    error.statusCode < 500
  ) {
    return of(error.statusCode, error.message.slice(0, LONGEST));
  }
  return of(500, "The portal failed; its operators see why");
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
