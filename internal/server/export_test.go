package server

import (
	"maps"
	"slices"
)

// PagePaths are the paths of all of Writ's own pages.
func PagePaths() []string { return slices.Sorted(maps.Keys(pages)) }
