package catalog

import "testing"

// BenchmarkIndexes measures what the first question costs.
func BenchmarkIndexes(b *testing.B) {
	b.Run("services", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readServices()
		}
	})
	b.Run("policies", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readPolicies()
		}
	})
}

func BenchmarkLoadService(b *testing.B) {
	for _, prefix := range []string{"sts", "iam", "s3", "ec2"} {
		b.Run(prefix, func(b *testing.B) {
			b.ReportAllocs()
			e := services().entries[prefix]
			for b.Loop() {
				parseService(e.prefix, e.name, e.rcp, e.block.inflate())
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, e := range services().list {
				parseService(e.prefix, e.name, e.rcp, e.block.inflate())
			}
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	for _, name := range []string{"AdministratorAccess", "ReadOnlyAccess"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			p, _ := ManagedPolicy(arnPrefix + "/" + name)
			for b.Loop() {
				p.Document()
			}
		})
	}
}
