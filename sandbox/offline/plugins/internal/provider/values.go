package provider

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Plain takes the secret and output wrappers off everything in a map. What is not known yet becomes a computed value.
func Plain(values resource.PropertyMap) resource.PropertyMap {
	return plainValue(resource.NewProperty(values)).ObjectValue()
}

func plainValue(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return plainValue(value.SecretValue().Element)
	case value.IsOutput():
		if !value.OutputValue().Known {
			return Unknown()
		}
		return plainValue(value.OutputValue().Element)
	case value.IsArray():
		items := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, item := range value.ArrayValue() {
			items[i] = plainValue(item)
		}
		return resource.NewProperty(items)
	case value.IsObject():
		fields := resource.PropertyMap{}
		for key, field := range value.ObjectValue() {
			fields[key] = plainValue(field)
		}
		return resource.NewProperty(fields)
	default:
		return value
	}
}

// Unknown stands for a value that only an update will know.
func Unknown() resource.PropertyValue {
	return resource.MakeComputed(resource.NewProperty(""))
}

// IsUnknown reports whether the value itself (not one inside it) is still unknown.
func IsUnknown(value resource.PropertyValue) bool {
	return value.IsComputed() || (value.IsOutput() && !value.OutputValue().Known)
}

// ChangedKeys lists the keys whose values differ, sorted. Missing and null are the same.
func ChangedKeys(old, new resource.PropertyMap) []resource.PropertyKey {
	var changed []resource.PropertyKey
	keys := maps.Clone(old)
	if keys == nil {
		keys = resource.PropertyMap{}
	}
	maps.Copy(keys, new)
	for key := range keys {
		if !sameValue(old[key], new[key]) {
			changed = append(changed, key)
		}
	}
	slices.Sort(changed)
	return changed
}

// sameValue compares deeply; an unknown value is the same as nothing, itself included.
func sameValue(a, b resource.PropertyValue) bool {
	switch {
	case a.ContainsUnknowns() || b.ContainsUnknowns():
		return false
	case a.IsObject() && b.IsObject():
		return len(ChangedKeys(a.ObjectValue(), b.ObjectValue())) == 0
	case a.IsArray() && b.IsArray():
		return slices.EqualFunc(a.ArrayValue(), b.ArrayValue(), sameValue)
	case a.IsNull() || b.IsNull():
		return a.IsNull() && b.IsNull()
	default:
		return a.DeepEquals(b)
	}
}

// KeepSecrets marks in outputs what is secret in inputs of the same name, so that a program's own secrets come back as
// secrets.
func KeepSecrets(inputs, outputs resource.PropertyMap) resource.PropertyMap {
	kept := maps.Clone(outputs)
	for key, input := range inputs {
		if output, ok := kept[key]; ok {
			kept[key] = keepSecret(input, output)
		}
	}
	return kept
}

func keepSecret(input, output resource.PropertyValue) resource.PropertyValue {
	switch {
	case output.IsSecret():
		return output
	case input.IsSecret(), input.IsOutput() && input.OutputValue().Secret:
		return resource.MakeSecret(output)
	case input.IsObject() && output.IsObject():
		return resource.NewProperty(KeepSecrets(input.ObjectValue(), output.ObjectValue()))
	case input.IsArray() && output.IsArray() && len(input.ArrayValue()) == len(output.ArrayValue()):
		items := make([]resource.PropertyValue, len(output.ArrayValue()))
		for i, item := range output.ArrayValue() {
			items[i] = keepSecret(input.ArrayValue()[i], item)
		}
		return resource.NewProperty(items)
	default:
		return output
	}
}
