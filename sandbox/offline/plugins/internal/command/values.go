package command

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// kind says what a value must be; it returns what it should have been when it is not.
type kind func(value resource.PropertyValue) (fits bool, name string)

func isText(v resource.PropertyValue) (bool, string) { return v.IsString(), "string" }
func isFlag(v resource.PropertyValue) (bool, string) { return v.IsBool(), "boolean" }
func isNumber(v resource.PropertyValue) (bool, string) {
	return v.IsNumber(), "number"
}
func isAnyList(v resource.PropertyValue) (bool, string) { return v.IsArray(), "list" }
func isObject(v resource.PropertyValue) (bool, string)  { return v.IsObject(), "object" }
func isFile(v resource.PropertyValue) (bool, string) {
	return v.IsAsset() || v.IsArchive(), "asset or archive"
}

func isTexts(v resource.PropertyValue) (bool, string) {
	return v.IsArray() && !slices.ContainsFunc(v.ArrayValue(), notText), "list of strings"
}

func isTextMap(v resource.PropertyValue) (bool, string) {
	if !v.IsObject() {
		return false, "map of strings"
	}
	for _, item := range v.ObjectValue() {
		if notText(item) {
			return false, "map of strings"
		}
	}
	return true, "map of strings"
}

func notText(v resource.PropertyValue) bool { return !v.IsString() && !provider.IsUnknown(v) }

// logTo names which of a command's streams are shown while it runs.
var logTo = []string{"stdout", "stderr", "stdoutAndStderr", "none"}

func isLogging(v resource.PropertyValue) (bool, string) {
	return v.IsString() && slices.Contains(logTo, v.StringValue()), fmt.Sprintf("one of %v", logTo)
}

// checkKinds validates values against what they must be. Every problem is a failure of its own.
func checkKinds(
	prefix string, values resource.PropertyMap, kinds map[resource.PropertyKey]kind, required ...resource.PropertyKey,
) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	for _, key := range slices.Sorted(maps.Keys(kinds)) {
		value, path := values[key], resource.PropertyKey(prefix)+key
		reason := ""
		switch {
		case value.IsNull():
			if slices.Contains(required, key) {
				reason = "missing — must be given; add it to the arguments"
			}
		case !provider.IsUnknown(value):
			if fits, name := kinds[key](value); !fits {
				reason = fmt.Sprintf("a %s — must be a %s; correct the argument", value.TypeString(), name)
			}
		}
		if reason != "" {
			failures = append(failures, plugin.CheckFailure{Property: path, Reason: fmt.Sprintf("%s: %s", path, reason)})
		}
	}
	return failures
}

// text reads a string; empty when missing.
func text(values resource.PropertyMap, key resource.PropertyKey) string {
	if value := values[key]; value.IsString() {
		return value.StringValue()
	}
	return ""
}

// number reads a number; the fallback when missing.
func number(values resource.PropertyMap, key resource.PropertyKey, fallback int) int {
	if value := values[key]; value.IsNumber() {
		return int(value.NumberValue())
	}
	return fallback
}

func texts(values resource.PropertyMap, key resource.PropertyKey) []string {
	value := values[key]
	if !value.IsArray() {
		return nil
	}
	var items []string
	for _, item := range value.ArrayValue() {
		if item.IsString() {
			items = append(items, item.StringValue())
		}
	}
	return items
}

// environment gives NAME=value of a map, sorted by name, and the output of the run before when it is wanted.
func environment(values, before resource.PropertyMap) []string {
	var pairs []string
	if given := values["environment"]; given.IsObject() {
		for _, name := range slices.Sorted(maps.Keys(given.ObjectValue())) {
			pairs = append(pairs, string(name)+"="+text(given.ObjectValue(), name))
		}
	}
	if wanted := values["addPreviousOutputInEnv"]; wanted.IsBool() && !wanted.BoolValue() {
		return pairs
	}
	for _, previous := range []struct {
		name string
		key  resource.PropertyKey
	}{{"PULUMI_COMMAND_STDOUT", "stdout"}, {"PULUMI_COMMAND_STDERR", "stderr"}} {
		if output := text(before, previous.key); output != "" {
			pairs = append(pairs, previous.name+"="+output)
		}
	}
	return pairs
}
