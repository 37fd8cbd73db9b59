// A provider that calls itself hashicorp/aws and knows that provider's schema, but no cloud.
//
// It lets the real Terraform validate and plan without credentials and without a network: a misspelt, missing or wrongly
// typed argument is an error as with the real provider. What only AWS can check (may this name be taken, is this node
// type sold here) is not checked, data sources answer with made-up values, and apply refuses. schema.json is made by
// schema.mjs.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"
)

//go:embed schema.json
var schemaJSON []byte

type attribute struct {
	Type               string
	Required, Computed bool
}

type block struct {
	Max                int
	Required, Computed bool
	Attributes         map[string]attribute
	Blocks             map[string]block
}

type provider struct {
	Resources, Data map[string]block
}

// Attributes whose values the real provider hides.
var sensitive = map[string]bool{
	"admin_user_password": true, "master_password": true, "random_password": true, "secret": true, "secret_string": true,
}

// What the data sources answer; anything else gets a text made of its name.
var known = map[string]string{
	"account_id": "123456789012", "partition": "aws", "random_password": "Standin0Password0Standin", "region": "eu-west-1",
}

func main() {
	var all provider
	if err := json.Unmarshal(schemaJSON, &all); err != nil {
		panic(err)
	}
	served := &schema.Provider{
		Schema: map[string]*schema.Schema{
			"region":                      {Type: schema.TypeString, Optional: true},
			"profile":                     {Type: schema.TypeString, Optional: true},
			"access_key":                  {Type: schema.TypeString, Optional: true},
			"secret_key":                  {Type: schema.TypeString, Optional: true},
			"skip_credentials_validation": {Type: schema.TypeBool, Optional: true},
			"default_tags": {Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{
				Schema: map[string]*schema.Schema{"tags": mapOfText()},
			}},
		},
		ResourcesMap:   map[string]*schema.Resource{},
		DataSourcesMap: map[string]*schema.Resource{},
	}
	for name, content := range all.Resources {
		served.ResourcesMap[name] = &schema.Resource{
			Schema: schemaOf(content), CreateContext: refuse, ReadContext: keep, UpdateContext: refuse, DeleteContext: refuse,
		}
	}
	for name, content := range all.Data {
		served.DataSourcesMap[name] = &schema.Resource{Schema: schemaOf(content), ReadContext: answer(content)}
	}
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: func() *schema.Provider { return served }})
}

func refuse(context.Context, *schema.ResourceData, any) diag.Diagnostics {
	return diag.Errorf("this is a stand-in that knows only the schema: apply needs the real hashicorp/aws provider")
}

func keep(context.Context, *schema.ResourceData, any) diag.Diagnostics { return nil }

// answer fills every attribute that the configuration cannot give.
func answer(content block) schema.ReadContextFunc {
	return func(_ context.Context, data *schema.ResourceData, _ any) diag.Diagnostics {
		data.SetId("stand-in")
		for name, attr := range content.Attributes {
			if _, given := data.GetOk(name); given {
				continue
			}
			if value := madeUp(name, attr); value != nil {
				if err := data.Set(name, value); err != nil {
					return diag.FromErr(err)
				}
			}
		}
		return nil
	}
}

func madeUp(name string, attr attribute) any {
	switch {
	case attr.Type == "string" && known[name] != "":
		return known[name]
	case !attr.Computed:
		return nil
	case attr.Type == "string":
		return "standin-" + name
	case attr.Type == "list":
		stem := strings.TrimSuffix(name, "s")
		return []string{fmt.Sprintf("%s-1", stem), fmt.Sprintf("%s-2", stem), fmt.Sprintf("%s-3", stem)}
	}
	return nil
}

func schemaOf(content block) map[string]*schema.Schema {
	out := map[string]*schema.Schema{}
	for name, attr := range content.Attributes {
		out[name] = attributeSchema(name, attr)
	}
	for name, nested := range content.Blocks {
		out[name] = &schema.Schema{
			Type: schema.TypeList, MaxItems: nested.Max, Required: nested.Required, Computed: nested.Computed,
			Optional: !nested.Required && !nested.Computed, Elem: &schema.Resource{Schema: schemaOf(nested)},
		}
	}
	return out
}

func attributeSchema(name string, attr attribute) *schema.Schema {
	out := &schema.Schema{Type: schema.TypeString}
	switch attr.Type {
	case "number":
		out.Type = schema.TypeFloat
	case "bool":
		out.Type = schema.TypeBool
	case "list":
		out.Type, out.Elem = schema.TypeList, &schema.Schema{Type: schema.TypeString}
	case "map":
		out = mapOfText()
	}
	out.Required, out.Optional, out.Computed = attr.Required, !attr.Required && !attr.Computed, !attr.Required
	out.Sensitive = sensitive[name]
	return out
}

func mapOfText() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}
