package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/kubeovn/kube-ovn/pkg/ovsdb/ovnnb"
	"github.com/kubeovn/kube-ovn/pkg/ovsdb/ovnsb"
)

// object keeps what is not looked at as it is written.
type object = map[string]json.RawMessage

func printSchema(database, file string, out io.Writer) error {
	present, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var asked any
	switch database {
	case "nb":
		asked = ovnnb.Schema()
	case "sb":
		asked = ovnsb.Schema()
	default:
		return fmt.Errorf("schema %s: no such database; nb and sb are", database)
	}
	wanted, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	united, err := unite(present, wanted)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	_, err = out.Write(united)
	return err
}

// unite gives the present schema the tables and columns of the wanted one that it lacks, and its version.
func unite(present, wanted []byte) ([]byte, error) {
	var ours, theirs object
	if err := json.Unmarshal(present, &ours); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(wanted, &theirs); err != nil {
		return nil, err
	}
	// of what it was made: it would no longer be right
	delete(ours, "cksum")
	ours["version"] = theirs["version"]
	tables, err := merged(ours["tables"], theirs["tables"], table)
	if err != nil {
		return nil, err
	}
	ours["tables"] = tables
	return json.MarshalIndent(ours, "", "  ")
}

func table(ours, theirs json.RawMessage) (json.RawMessage, error) {
	var present, wanted object
	if err := json.Unmarshal(ours, &present); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(theirs, &wanted); err != nil {
		return nil, err
	}
	columns, err := merged(present["columns"], wanted["columns"], func(own, _ json.RawMessage) (json.RawMessage, error) {
		return own, nil
	})
	if err != nil {
		return nil, err
	}
	present["columns"] = columns
	return json.Marshal(present)
}

// merged has every entry of both; those of both are joined.
func merged(ours, theirs json.RawMessage, join func(ours, theirs json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	var present, wanted object
	if err := json.Unmarshal(ours, &present); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(theirs, &wanted); err != nil {
		return nil, err
	}
	for name, entry := range wanted {
		own, there := present[name]
		if !there {
			present[name] = entry
			continue
		}
		joined, err := join(own, entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		present[name] = joined
	}
	return json.Marshal(present)
}
