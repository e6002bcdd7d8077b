import type { View } from "./view";

/** Whether a LabelSelector selects everything: absent counts only where the API says so, so it does not here. */
export function selectsAll(selector: View): boolean {
  return selector.present && selector.field("matchLabels").entries().length === 0 && noExpressions(selector);
}

function noExpressions(selector: View): boolean {
  return selector.field("matchExpressions").items().length === 0;
}

/** Whether a LabelSelector (matchLabels, matchExpressions) selects an object with these labels. Absent selects none. */
export function selectorMatches(selector: View, labels: View): boolean {
  if (!selector.present) return false;
  return (
    selector
      .field("matchLabels")
      .entries()
      .every(([name, wanted]) => labels.field(name).value === wanted.value) &&
    selector
      .field("matchExpressions")
      .items()
      .every((expression) => expressionMatches(expression, labels))
  );
}

function expressionMatches(expression: View, labels: View): boolean {
  const label = labels.field(expression.field("key").text ?? "").text;
  const values = expression.field("values").texts();
  switch (expression.field("operator").text) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return false;
  }
}

/** Whether a plain map of labels (as a Service's selector) selects an object; an empty or absent one selects none. */
export function mapMatches(selector: View, labels: View): boolean {
  const wanted = selector.entries();
  return wanted.length > 0 && wanted.every(([name, value]) => labels.field(name).value === value.value);
}
