package talos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/blang/semver/v4"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"go.yaml.in/yaml/v4"
)

const (
	publicFactory  = "https://factory.talos.dev"
	factoryTimeout = 2 * time.Minute
	// answers of the factory are lists of a few hundred entries at most
	factoryAnswerLimit = 16 << 20
)

// factory is the image factory, which stores schematics and builds images of them.
type factory struct {
	base string
	http *http.Client
}

func newFactory() *factory {
	return &factory{base: publicFactory, http: &http.Client{Timeout: factoryTimeout}}
}

// configure takes the provider's configuration.
func (f *factory) configure(config resource.PropertyMap) error {
	address := textOf(config, "imageFactoryUrl")
	if address == "" {
		return nil
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return fmt.Errorf("imageFactoryUrl: %q — must be a URL with scheme and host; correct it", address)
	}
	f.base = strings.TrimSuffix(address, "/")
	return nil
}

// ask sends one request and reads the JSON answer.
func (f *factory) ask(ctx context.Context, method, path string, body []byte, want int, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, f.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("image factory %s: %w", f.base, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/yaml")
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return fmt.Errorf("image factory %s: %w", f.base, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read already
	content, err := io.ReadAll(io.LimitReader(resp.Body, factoryAnswerLimit))
	if err != nil {
		return fmt.Errorf("image factory %s%s: %w", f.base, path, err)
	}
	if resp.StatusCode != want {
		return fmt.Errorf("image factory %s%s: %s: %s", f.base, path, resp.Status, strings.TrimSpace(string(content)))
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("image factory %s%s: answer cannot be read: %w", f.base, path, err)
	}
	return nil
}

// schematicResource is talos:imageFactory/schematic:Schematic.
func (f *factory) schematicResource() *planned {
	return &planned{
		schema: schema{"schematic": {}},
		create: func(ctx context.Context, p *plan) (string, error) { return f.store(ctx, textOf(p.state, "schematic")) },
		update: func(ctx context.Context, p *plan) error {
			// the engine keeps the id of a resource that is updated, so the new one goes nowhere
			_, err := f.store(ctx, textOf(p.state, "schematic"))
			return err
		},
	}
}

// store puts a schematic into the factory, which gives the id: the same for the same content.
func (f *factory) store(ctx context.Context, schematic string) (string, error) {
	var content map[string]any
	if err := yaml.Unmarshal([]byte(schematic), &content); err != nil {
		return "", fmt.Errorf("schematic: must be YAML: %w", err)
	}
	if len(content) == 0 {
		content = map[string]any{"customization": map[string]any{}}
	}
	canonical, err := yaml.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("schematic: %w", err)
	}
	var answer struct {
		ID string `json:"id"`
	}
	if err := f.ask(ctx, http.MethodPost, "/schematics", canonical, http.StatusCreated, &answer); err != nil {
		return "", err
	}
	if answer.ID == "" {
		return "", fmt.Errorf("image factory %s: gave no id for the schematic", f.base)
	}
	return answer.ID, nil
}

// getVersions is talos:imageFactory/getVersions:getVersions.
func (f *factory) getVersions() function {
	return function{
		schema: schema{"filters": {kind: object, fields: schema{"stableVersionsOnly": {kind: flag}}}},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			var versions []string
			if err := f.ask(ctx, http.MethodGet, "/versions", nil, http.StatusOK, &versions); err != nil {
				return nil, err
			}
			if flagOf(fieldsOf(args, "filters"), "stableVersionsOnly") {
				stable, err := stableOf(versions)
				if err != nil {
					return nil, err
				}
				versions = stable
			}
			return resource.PropertyMap{
				"talosVersions": texts(versions), "id": resource.NewProperty("talos_versions"),
			}, nil
		},
	}
}

func stableOf(versions []string) ([]string, error) {
	var stable []string
	for _, version := range versions {
		parsed, err := semver.ParseTolerant(version)
		if err != nil {
			return nil, fmt.Errorf("version %q from the image factory: %w", version, err)
		}
		if len(parsed.Pre) == 0 {
			stable = append(stable, version)
		}
	}
	return stable, nil
}

// getExtensionsVersions is talos:imageFactory/getExtensionsVersions:getExtensionsVersions.
func (f *factory) getExtensionsVersions() function {
	names := attribute{kind: object, fields: schema{"names": {kind: list}}}
	return function{
		schema: schema{"talosVersion": {required: true}, "filters": names, "exactFilters": names},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			parts, _ := textsOf(fieldsOf(args, "filters"), "names")
			exact, _ := textsOf(fieldsOf(args, "exactFilters"), "names")
			infos, err := f.offers(ctx, textOf(args, "talosVersion"), "extensions",
				[]string{"name", "ref", "digest", "author", "description"}, func(name string) bool {
					if len(parts) == 0 && len(exact) == 0 {
						return true
					}
					return slices.Contains(exact, name) || slices.ContainsFunc(parts, func(part string) bool {
						return strings.Contains(name, part)
					})
				})
			if err != nil {
				return nil, err
			}
			return resource.PropertyMap{"extensionsInfos": infos, "id": resource.NewProperty("extensions_info")}, nil
		},
	}
}

// getOverlaysVersions is talos:imageFactory/getOverlaysVersions:getOverlaysVersions.
func (f *factory) getOverlaysVersions() function {
	return function{
		schema: schema{
			"talosVersion": {required: true},
			"filters":      {kind: object, fields: schema{"name": {}}},
		},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			part := textOf(fieldsOf(args, "filters"), "name")
			infos, err := f.offers(ctx, textOf(args, "talosVersion"), "overlays",
				[]string{"name", "image", "ref", "digest"}, func(name string) bool { return strings.Contains(name, part) })
			if err != nil {
				return nil, err
			}
			return resource.PropertyMap{"overlaysInfos": infos, "id": resource.NewProperty("overlays_info")}, nil
		},
	}
}

// offers lists what the factory has for a version of Talos, with the given fields and of the wanted names.
func (f *factory) offers(
	ctx context.Context, version, what string, fields []string, wanted func(name string) bool,
) (resource.PropertyValue, error) {
	var answer []map[string]any
	path := "/version/" + url.PathEscape("v"+strings.TrimPrefix(version, "v")) + "/" + what + "/official"
	if err := f.ask(ctx, http.MethodGet, path, nil, http.StatusOK, &answer); err != nil {
		return resource.PropertyValue{}, err
	}
	infos := []resource.PropertyValue{}
	for _, offer := range answer {
		info := resource.PropertyMap{}
		for _, field := range fields {
			value, _ := offer[field].(string)
			info[resource.PropertyKey(field)] = resource.NewProperty(value)
		}
		if wanted(info["name"].StringValue()) {
			infos = append(infos, resource.NewProperty(info))
		}
	}
	return resource.NewProperty(infos), nil
}
