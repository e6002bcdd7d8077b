/** Loaded before programs that the sandbox's engine starts (`node --require`), and so before the Pulumi SDK. */
import { loadLate } from "../components/core/load-late";

loadLate();
// engines name the trace that a program is part of, also where traces go nowhere; the SDK then loads all that makes them
if (process.env["PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined) delete process.env["TRACEPARENT"];
