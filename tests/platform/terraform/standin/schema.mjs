// Prints the schema of the AWS provider as JSON, for the types asked for.
//
//   node schema.mjs LIB_FOLDER TYPES_FILE
//
// LIB_FOLDER is lib/ of the npm package @cdktf/provider-aws, whose .d.ts files were generated from the provider's own
// schema: `readonly x: T` of a Config interface is an argument (`?` when it may be left out), a getter that the Config
// lacks is an attribute only AWS fills in, and an interface as a type is a nested block.
import fs from "node:fs";

const [lib, typesFile] = process.argv.slice(2);
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const simpleTypes = { string: "string", number: "number", boolean: "bool", "string[]": "list", "number[]": "list" };

const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, "");
const withoutMaps = (text) => text.replace(/\{\s*\[key: string\]: \w+( \| cdktf\.IResolvable)?;\s*\}/g, "MAP");

function collect(text, pattern) {
  return Object.fromEntries([...text.matchAll(pattern)].map((match) => [match[1], match[2]]));
}

function typeOf(text) {
  const type = text.replaceAll(" | cdktf.IResolvable", "").replaceAll("cdktf.IResolvable", "boolean").trim();
  return type === "MAP" || type === "cdktf.StringMap" ? "map" : (simpleTypes[type] ?? type);
}

class Module {
  constructor(text) {
    const plain = withoutMaps(withoutComments(text));
    this.interfaces = collect(plain, /export interface (\w+)[^{]*\{([\s\S]*?)\n?\}/g);
    this.classes = collect(plain, /export declare class (\w+) [^{]*\{([\s\S]*?)\n\}/g);
    this.root = Object.keys(this.classes).find((name) => `${name}Config` in this.interfaces);
    this.terraformType = this.classes[this.root].match(/tfResourceType = "(\w+)"/)[1];
  }

  schema() {
    const block = this.block(`${this.root}Config`, this.root);
    delete block.attributes.id; // Terraform's plugin library adds it to every type.
    return block;
  }

  block(interfaceName, className) {
    const block = { attributes: {}, blocks: {} };
    for (const [, name, optional, type] of this.interfaces[interfaceName].matchAll(/readonly (\w+)(\??): ([^;]+);/g)) {
      this.addArgument(block, snake(name), typeOf(type), !optional);
    }
    for (const [, name, type] of (this.classes[className] ?? "").matchAll(/get (\w+)\(\): ([^;|]+(?: \| cdktf\.IResolvable)?);/g)) {
      this.addComputed(block, snake(name), typeOf(type));
    }
    return block;
  }

  addArgument(block, name, type, required) {
    const single = type.replace("[]", "");
    if (!(single in this.interfaces)) block.attributes[name] = { type, required, computed: false };
    else {
      const max = type.endsWith("[]") ? 0 : 1;
      block.blocks[name] = { max, required, computed: false, ...this.block(single, `${single}OutputReference`) };
    }
  }

  addComputed(block, name, type) {
    const skipped = ["fqn", "friendly_unique_id", "internal_value"];
    if (skipped.includes(name) || name.endsWith("_input") || name in block.attributes || name in block.blocks) return;
    const single = type.replace(/List$/, "");
    if (Object.values(simpleTypes).includes(type) || type === "map") block.attributes[name] = { type, required: false, computed: true };
    else if (single in this.interfaces) {
      block.blocks[name] = { max: 0, required: false, computed: true, ...this.block(single, `${single}OutputReference`) };
    }
  }
}

const out = { resources: {}, data: {} };
const wanted = fs.readFileSync(typesFile, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
for (const folder of wanted) {
  const module = new Module(fs.readFileSync(`${lib}/${folder}/index.d.ts`, "utf8"));
  out[folder.startsWith("data-") ? "data" : "resources"][module.terraformType] = module.schema();
}
process.stdout.write(`${JSON.stringify(out, null, 1)}\n`);
