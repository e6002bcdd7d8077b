package talos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// kind is the shape of a value.
type kind int

const (
	text kind = iota
	flag
	list   // of texts
	object // with fields
)

// attribute describes one property of a resource or a function.
type attribute struct {
	kind     kind
	required bool
	secret   bool
	// computed: given by the provider when the program leaves it out.
	computed bool
	// stable: a computed value survives updates unless planning says otherwise.
	stable bool
	// output: never taken from the program.
	output bool
	// writeOnly: used, but not kept in the state.
	writeOnly bool
	// fallback is used when the program leaves the value out.
	fallback any
	// oneOf lists the allowed texts.
	oneOf  []string
	fields schema
}

// schema describes the properties of a resource, a function or a nested object.
type schema map[resource.PropertyKey]attribute

func (s schema) keys() []resource.PropertyKey { return slices.Sorted(maps.Keys(s)) }

// check validates what a program gave. Every problem is a failure of its own.
func (s schema) check(inputs resource.PropertyMap) []plugin.CheckFailure {
	return s.checkAt("", inputs)
}

func (s schema) checkAt(prefix string, inputs resource.PropertyMap) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	fail := func(path, format string, args ...any) {
		failures = append(failures, plugin.CheckFailure{
			Property: resource.PropertyKey(path), Reason: path + ": " + fmt.Sprintf(format, args...),
		})
	}
	for _, key := range s.keys() {
		attr, path := s[key], prefix+string(key)
		if attr.output {
			continue
		}
		value, given := inputs[key]
		switch {
		case !given || value.IsNull():
			if attr.required {
				fail(path, "missing — must be given; add %s to the arguments", key)
			}
		case provider.IsUnknown(value):
		case !attr.fits(value):
			fail(path, "a %s — must be a %s; correct the argument", value.TypeString(), attr.kind)
		case attr.kind == object:
			failures = append(failures, attr.fields.checkAt(path+".", value.ObjectValue())...)
		case len(attr.oneOf) > 0 && !slices.Contains(attr.oneOf, value.StringValue()):
			fail(path, "%q — must be one of %s; correct the argument", value.StringValue(), strings.Join(attr.oneOf, ", "))
		}
	}
	return failures
}

func (a attribute) fits(value resource.PropertyValue) bool {
	switch a.kind {
	case text:
		return value.IsString()
	case flag:
		return value.IsBool()
	case list:
		return value.IsArray() && !slices.ContainsFunc(value.ArrayValue(), func(item resource.PropertyValue) bool {
			return !item.IsString() && !provider.IsUnknown(item)
		})
	default:
		return value.IsObject()
	}
}

func (k kind) String() string {
	return [...]string{"string", "boolean", "list of strings", "object"}[k]
}

// complete takes the inputs that are in the schema and fills in fallbacks.
func (s schema) complete(inputs resource.PropertyMap) resource.PropertyMap {
	completed := resource.PropertyMap{}
	for key, attr := range s {
		value, given := inputs[key]
		given = given && !value.IsNull()
		switch {
		case attr.output, attr.writeOnly:
		case given && attr.kind == object && value.IsObject():
			completed[key] = resource.NewProperty(attr.fields.complete(value.ObjectValue()))
		case given:
			completed[key] = value
		case attr.fallback != nil:
			completed[key] = resource.NewPropertyValue(attr.fallback)
		}
	}
	return completed
}

// markSecrets wraps what the schema calls secret.
func (s schema) markSecrets(values resource.PropertyMap) resource.PropertyMap {
	marked := maps.Clone(values)
	for key, attr := range s {
		value, ok := marked[key]
		switch {
		case !ok || value.IsNull() || value.IsSecret():
		case attr.secret:
			marked[key] = resource.MakeSecret(value)
		case attr.kind == object && value.IsObject():
			marked[key] = resource.NewProperty(attr.fields.markSecrets(value.ObjectValue()))
		}
	}
	return marked
}
