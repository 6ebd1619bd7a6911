package main

import (
	"testing"

	"github.com/writ-iam/writ/engine"
)

// Every layer of a decision has a name in sentences.
func TestLayersHaveNames(t *testing.T) {
	layer := engine.NoLayer + 1
	for ; layer.String() != ""; layer++ {
		if _, ok := layerNames[layer.String()]; !ok {
			t.Errorf("the layer %s has no name", layer)
		}
	}
	if named := int(layer) - 1; len(layerNames) != named {
		t.Errorf("%d layers have names, and there are %d", len(layerNames), named)
	}
}
