package kamaji

import (
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"
)

// patched is a configuration as YAML after RFC 6902 patches, as kubelet.configurationJSONPatches gives them.
func patched(configuration map[string]any, patches []any) ([]byte, error) {
	text, err := json.Marshal(configuration)
	if err != nil {
		return nil, err
	}
	if len(patches) > 0 {
		list, err := json.Marshal(patches)
		if err != nil {
			return nil, err
		}
		patch, err := jsonpatch.DecodePatch(list)
		if err != nil {
			return nil, fmt.Errorf("configurationJSONPatches: %w", err)
		}
		// A path to be removed may be absent: Kamaji's configuration has fields of newer kubelets that this one has not.
		for _, operation := range patch {
			next, err := (jsonpatch.Patch{operation}).Apply(text)
			if err != nil {
				if operation.Kind() == "remove" {
					continue
				}
				return nil, fmt.Errorf("configurationJSONPatches: %w", err)
			}
			text = next
		}
	}
	return yaml.JSONToYAML(text)
}
