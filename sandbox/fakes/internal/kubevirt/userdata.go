package kubevirt

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// joinConfiguration is what of kubeadm's JoinConfiguration (v1beta3 and v1beta4) matters here.
type joinConfiguration struct {
	Kind      string `json:"kind"`
	Discovery struct {
		BootstrapToken *struct {
			Token                    string   `json:"token"`
			APIServerEndpoint        string   `json:"apiServerEndpoint"`
			CACertHashes             []string `json:"caCertHashes"`
			UnsafeSkipCAVerification bool     `json:"unsafeSkipCAVerification"`
		} `json:"bootstrapToken"`
		TLSBootstrapToken string `json:"tlsBootstrapToken"`
	} `json:"discovery"`
	NodeRegistration struct {
		Name             string           `json:"name"`
		CRISocket        string           `json:"criSocket"`
		Taints           []taint          `json:"taints"`
		KubeletExtraArgs kubeletExtraArgs `json:"kubeletExtraArgs"`
	} `json:"nodeRegistration"`
}

type taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// kubeletExtraArgs are a map in v1beta3 and a list of name and value in v1beta4.
type kubeletExtraArgs map[string]string

func (a *kubeletExtraArgs) UnmarshalJSON(data []byte) error {
	*a = kubeletExtraArgs{}
	var list []struct{ Name, Value string }
	if err := yaml.Unmarshal(data, &list); err == nil {
		for _, arg := range list {
			(*a)[arg.Name] = arg.Value
		}
		return nil
	}
	var fields map[string]string
	if err := yaml.Unmarshal(data, &fields); err != nil {
		return fmt.Errorf("kubeletExtraArgs: %w", err)
	}
	*a = fields
	return nil
}

// parseUserData finds kubeadm's JoinConfiguration in a cloud-config; nil when there is none.
func parseUserData(data []byte, hostname string) (*joinConfiguration, error) {
	var config struct {
		WriteFiles []struct {
			Path     string `json:"path"`
			Content  string `json:"content"`
			Encoding string `json:"encoding"`
		} `json:"write_files"`
		RunCmd []any `json:"runcmd"`
	}
	if err := yaml.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("user data is no cloud-config: %w", err)
	}
	for _, file := range config.WriteFiles {
		content, err := decode(file.Content, file.Encoding)
		if err != nil {
			return nil, fmt.Errorf("user data: file %s: %w", file.Path, err)
		}
		if !strings.Contains(content, "kubeadm.k8s.io/") {
			continue
		}
		// Cloud-init fills in templates of its instance data.
		for _, name := range []string{"local_hostname", "hostname", "name"} {
			content = strings.NewReplacer("{{ ds.meta_data."+name+" }}", hostname, "{{ds.meta_data."+name+"}}", hostname).Replace(content)
		}
		join, err := findJoin(content)
		if err != nil {
			return nil, fmt.Errorf("user data: file %s: %w", file.Path, err)
		}
		if join != nil {
			return join, nil
		}
	}
	return nil, nil
}

func findJoin(content string) (*joinConfiguration, error) {
	decoder := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(content), 4096)
	for {
		var join joinConfiguration
		switch err := decoder.Decode(&join); {
		case errors.Is(err, io.EOF):
			return nil, nil
		case err != nil:
			return nil, err
		case join.Kind == "JoinConfiguration":
			return &join, nil
		}
	}
}

// decode undoes cloud-init's encodings of file contents.
func decode(content, encoding string) (string, error) {
	data := []byte(content)
	for _, step := range strings.Split(encoding, "+") {
		switch strings.TrimSpace(step) {
		case "", "text/plain":
		case "b64", "base64":
			decoded, err := base64.StdEncoding.DecodeString(string(data))
			if err != nil {
				return "", err
			}
			data = decoded
		case "gz", "gzip":
		default:
			return "", fmt.Errorf("encoding %q is not known", encoding)
		}
	}
	if strings.Contains(encoding, "gz") {
		reader, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return "", err
		}
		defer reader.Close()
		if data, err = io.ReadAll(io.LimitReader(reader, 16<<20)); err != nil {
			return "", err
		}
	}
	return string(data), nil
}
