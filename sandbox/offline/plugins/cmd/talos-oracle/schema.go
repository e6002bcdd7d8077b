package main

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
)

// kinds are the documents beside the main one.
var kinds = strings.Fields(`
	BlackholeRouteConfig BondConfig BridgeConfig DHCPv4Config DHCPv6Config DummyLinkConfig EnvironmentConfig
	EthernetConfig EventSinkConfig ExistingVolumeConfig ExtensionServiceConfig ExternalVolumeConfig HCloudVIPConfig
	HostnameConfig ImageVerificationConfig KmsgLogConfig KubeSpanConfig KubeSpanEndpointsConfig Layer2VIPConfig
	LinkAliasConfig LinkConfig NetworkDefaultActionConfig NetworkRuleConfig OOMConfig PCIDriverRebindConfig
	RawVolumeConfig RegistryAuthConfig RegistryMirrorConfig RegistryTLSConfig ResolverConfig RoutingRuleConfig
	SideroLinkConfig StaticHostConfig SwapVolumeConfig TCPProbeConfig TimeSyncConfig TrustedRootsConfig
	UserVolumeConfig VLANConfig VRFConfig VolumeConfig WatchdogTimerConfig WireguardConfig ZswapConfig
`)

// document is a kind.
type document struct {
	Type string `json:"type"`
	// Named documents are distinguished by their name.
	Named bool `json:"named,omitempty"`
	// Conflicts are kinds that may not have a document of the same name, after one space each.
	Conflicts string `json:"conflicts,omitempty"`
}

// schema says of everything in a configuration what merging does with it: a type is a word, a list or a map. A word
// that starts with # names a structure, a * that it may be absent.
type schema struct {
	// Documents by kind; that of the main one is empty.
	Documents map[string]document `json:"documents"`
	// Structures are fields by name of the type.
	Structures map[string]map[string]any `json:"structures"`
}

func describe() (schema, error) {
	made := schema{Documents: map[string]document{}, Structures: map[string]map[string]any{}}
	for _, kind := range append([]string{""}, kinds...) {
		text := "version: v1alpha1\nmachine: {}\n"
		if kind != "" {
			text = "apiVersion: v1alpha1\nkind: " + kind + "\n"
		}
		loaded, err := configloader.NewFromBytes([]byte(text))
		if err != nil {
			return schema{}, fmt.Errorf("%s: %w", kind, err)
		}
		one := loaded.Documents()[0]
		described := document{Type: made.typeOf(reflect.TypeOf(one).Elem(), "").(string)}
		_, described.Named = one.(config.NamedDocument)
		if conflicting, ok := one.(config.ConflictingDocument); ok {
			described.Conflicts = strings.Join(conflicting.ConflictsWithKinds(), " ")
		}
		made.Documents[kind] = described
	}
	return made, nil
}

type (
	merger      interface{ Merge(other any) error }
	unmarshaler interface {
		UnmarshalYAML(unmarshal func(any) error) error
	}
)

func is[T any](t reflect.Type) bool { return reflect.PointerTo(t).Implements(reflect.TypeFor[T]()) }

func (s schema) typeOf(t reflect.Type, tag reflect.StructTag) any {
	replaced := strings.Contains(tag.Get("merge"), "replace")
	switch {
	case t.Kind() == reflect.Pointer:
		if word, ok := s.typeOf(t.Elem(), "").(string); ok {
			return "*" + word
		}
		return s.typeOf(t.Elem(), "")
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return composed("list", s.typeOf(t.Elem(), ""), is[merger](t), replaced, t)
	case t.Kind() == reflect.Map:
		return composed("map", s.typeOf(t.Elem(), ""), is[merger](t), replaced, t)
	case t.Kind() == reflect.Interface:
		return "any"
	case t.Kind() == reflect.Struct && !is[unmarshaler](t) && !is[encoding.TextUnmarshaler](t):
		if inline, ok := inlineMap(t); ok {
			return composed("map", s.typeOf(inline.Elem(), ""), false, replaced, t)
		}
		if s.Structures[t.String()] == nil {
			s.Structures[t.String()] = map[string]any{}
			s.addFields(s.Structures[t.String()], t)
		}
		return "#" + t.String()
	}
	return scalar(t)
}

func composed(kind string, of any, merges, replaced bool, t reflect.Type) map[string]any {
	made := map[string]any{kind: of}
	if merges {
		made["merger"] = t.Name()
	}
	if replaced {
		made["replaced"] = true
	}
	return made
}

// inlineMap is the map of a structure that takes any field.
func inlineMap(t reflect.Type) (reflect.Type, bool) {
	for i := range t.NumField() {
		if field := t.Field(i); field.Type.Kind() == reflect.Map && field.Tag.Get("yaml") == ",inline" {
			return field.Type, true
		}
	}
	return nil, false
}

func (s schema) addFields(into map[string]any, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		tags := strings.Split(field.Tag.Get("yaml"), ",")
		switch {
		case len(tags) > 1 && tags[0] == "" && tags[1] == "inline":
			s.addFields(into, field.Type)
		case tags[0] != "" && tags[0] != "-":
			into[tags[0]] = s.typeOf(field.Type, field.Tag)
		}
	}
}

// scalar is the word for a value that a configuration writes as a text, a number or a truth value; for keys, a map of
// two texts.
func scalar(t reflect.Type) string {
	switch {
	case is[merger](t):
		return "whole"
	case strings.HasPrefix(t.String(), "x509.") && t.Kind() == reflect.Struct:
		var parts []string
		for i := range t.NumField() {
			parts = append(parts, strings.ToLower(t.Field(i).Name))
		}
		return "pem:" + strings.Join(parts, ",")
	case t.Name() == "ArgValue":
		return "argument"
	case t.Name() == "Size" && t.Kind() == reflect.Struct:
		return "size"
	case t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == reflect.TypeFor[*url.URL]():
		return "url"
	case t.Kind() == reflect.Struct:
		return "sealed"
	case t.Kind() == reflect.Bool:
		return "bool"
	case t.Kind() == reflect.Slice:
		// bytes, written in some way; none is zero
		return "name:"
	case t.Kind() == reflect.String:
		return "string"
	case t.Name() == "FileMode":
		return "mode"
	case is[fmt.Stringer](t):
		// the name of zero, which merging cannot distinguish from nothing
		return "name:" + fmt.Sprint(reflect.New(t).Elem().Interface())
	case is[unmarshaler](t) || is[encoding.TextUnmarshaler](t):
		return "name:0"
	}
	return "number"
}
