#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/env_defaults.h"
#include "core/secrets.h"

namespace rcml {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

SettingsInput stream(std::vector<std::string> arguments, EnvMap environment = {}, EnvMap env_file = {}) {
  return {"stream", std::move(arguments), std::move(environment), std::move(env_file), false};
}

Settings parsed(const SettingsInput& input) {
  auto settings = parse_settings(input);
  if (!settings) ADD_FAILURE() << settings.error().text();
  return *settings;
}

std::string fault(const SettingsInput& input) {
  const auto settings = parse_settings(input);
  if (settings) return "no fault";
  EXPECT_EQ(settings.error().kind, ErrorKind::bad_config);
  return settings.error().text();
}

// Every setting can be given by exactly one flag in each command, and its default is valid.
TEST(SettingTable, HasNoTwoFlagsOfOneNameInACommandAndOnlyValidDefaults) {
  std::set<std::string> commands;
  std::set<std::string> environment_names;
  for (const SettingSpec& spec : setting_table()) {
    EXPECT_TRUE(environment_names.insert(env_of(spec)).second) << env_of(spec);
    EXPECT_FALSE(spec.help.empty() || spec.help.ends_with('.')) << spec.name;
    EXPECT_EQ(spec.value_name.empty(), spec.type == SettingType::flag) << spec.name;
    std::string_view rest = spec.commands;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      if (rest.substr(0, comma) != "*") commands.emplace(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  for (const std::string& command : commands) {
    std::set<std::string> flags;
    for (const SettingSpec& spec : setting_table()) {
      if (!applies_to(spec, command)) continue;
      EXPECT_TRUE(flags.insert(flag_of(spec)).second) << command << " " << flag_of(spec);
    }
    EXPECT_TRUE(parse_settings({command, {}, {}, {}, false}).ok()) << command;
  }
}

TEST(Settings, FlagBeatsEnvironmentBeatsEnvFileBeatsDefault) {
  const EnvMap environment{{"RCML_SINK_ENCODERS", "3"}};
  const EnvMap env_file{{"RCML_SINK_ENCODERS", "4"}};
  EXPECT_EQ(parsed(stream({})).count("sink.encoders"), 2);
  EXPECT_EQ(parsed(stream({}, {}, env_file)).count("sink.encoders"), 4);
  EXPECT_EQ(parsed(stream({}, environment, env_file)).count("sink.encoders"), 3);
  const Settings settings = parsed(stream({"--encoders", "5"}, environment, env_file));
  EXPECT_EQ(settings.count("sink.encoders"), 5);
  EXPECT_EQ(settings.origin("sink.encoders"), "flag --encoders");
  EXPECT_EQ(parsed(stream({}, environment, env_file)).origin("sink.encoders"), "environment RCML_SINK_ENCODERS");
  EXPECT_EQ(parsed(stream({}, {}, env_file)).origin("sink.encoders"), ".env RCML_SINK_ENCODERS");
  EXPECT_EQ(parsed(stream({})).origin("sink.encoders"), "default");
  EXPECT_EQ(parsed(stream({})).origin("lake"), "not set");
  EXPECT_EQ(parsed(stream({}, {{"RCML_SINK_ENCODERS", ""}})).count("sink.encoders"), 2) << "empty means not given";
}

TEST(Settings, FlagsHaveAllTheirForms) {
  EXPECT_EQ(parsed(stream({"--lake=a=b"})).text("lake"), "a=b");
  EXPECT_EQ(parsed(stream({"--lake", "-"})).text("lake"), "-");
  EXPECT_TRUE(parsed(stream({"--drain"})).is_on("sink.drain"));
  EXPECT_TRUE(parsed(stream({"--drain=yes"})).is_on("sink.drain"));
  EXPECT_FALSE(parsed(stream({"--drain", "--no-drain"})).is_on("sink.drain"));
  EXPECT_EQ(parsed(stream({"--lake", "a", "--lake", "b"})).text("lake"), "b");
  EXPECT_EQ(parsed(stream({"--flush-age-ms-max", "1.5s"})).millis("sink.flush_age_ms_max"), Millis(1500));
  SettingsInput input{"config", {"x", "--", "--drain"}, {}, {}, true};
  EXPECT_THAT(parsed(input).positionals(), ElementsAre("x", "--drain"));
}

TEST(Settings, AllFaultsAreReportedAtOnce) {
  const std::string text =
      fault(stream({"--flush-rows-mx", "7", "--codec", "gzip", "--lake", "--encoders", "0", "stray"},
                   {{"RCML_SINK_FLUSH_AGE_MS_MAX", "soon"}}));
  EXPECT_THAT(text, AllOf(HasSubstr("unknown flag --flush-rows-mx (did you mean --flush-rows-max?)"),
                          HasSubstr("one of zstd|snappy"), HasSubstr("--lake needs a value"),
                          HasSubstr("--encoders '0' (from flag --encoders) must be at least 1"),
                          HasSubstr("unexpected argument 'stray'"),
                          HasSubstr("from environment RCML_SINK_FLUSH_AGE_MS_MAX"), HasSubstr("rcml stream --help")));
  EXPECT_THAT(text, Not(HasSubstr("argument '7'"))) << "the value of an unknown flag is no fault of its own";
  EXPECT_THAT(fault(stream({"--truth", "x"})), HasSubstr("another subcommand has it"));
  EXPECT_THAT(fault(stream({"-x"})), HasSubstr("flags begin with --"));
  EXPECT_THAT(fault(stream({"--no-lake"})), HasSubstr("unknown flag --no-lake"));
}

TEST(Settings, RequiredNamesBothWaysToGiveIt) {
  const auto missing = parsed(stream({})).required("lake");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().text(), AllOf(HasSubstr("--lake URL"), HasSubstr("RCML_LAKE")));
  EXPECT_EQ(*parsed(stream({"--lake", "x"})).required("lake"), "x");
}

TEST(Settings, NamesOfTheClassicEnvFileStillWork) {
  const EnvMap env_file{{"S3_BUCKET", "rcml-clicks"},
                        {"KAFKA_BOOTSTRAP", "localhost:9092"},
                        {"RS_HOST", "h.example"},
                        {"RS_USER", "aws user"},
                        {"RS_PWD", "p@ss/word"},
                        {"RS_PORT", "5440"},
                        {"RS_DB", "shop"},
                        {"AWS_REGION", "eu-west-1"},
                        {"AWS_SECRET_ACCESS_KEY", "sesame-sesame"}};
  const Settings settings = parsed({"config", {}, {}, env_file, false});
  EXPECT_EQ(settings.text("lake"), "s3://rcml-clicks/");
  EXPECT_EQ(settings.origin("lake"), ".env S3_BUCKET");
  EXPECT_EQ(settings.text("source.from"), "kafka://localhost:9092/clicks");
  EXPECT_EQ(settings.text("warehouse"), "redshift://aws%20user:p%40ss%2Fword@h.example:5440/shop");
  EXPECT_EQ(parsed(stream({"--lake", "here"}, {}, env_file)).text("lake"), "here");
  EXPECT_EQ(parsed(stream({}, {{"S3_BUCKET", "other"}}, env_file)).origin("lake"), "environment S3_BUCKET");
  EXPECT_EQ(parsed({"config", {}, {{"RS_HOST", "h"}}, {}, false}).text("warehouse"), "redshift://h:5439/dev");
  EXPECT_EQ(names_to_export({{"AWS_REGION", "us-east-1"}}, env_file),
            (EnvMap{{"AWS_SECRET_ACCESS_KEY", "sesame-sesame"}}));
  EXPECT_EQ(names_to_export({}, {{"RCML_KAFKA_SASL_USERNAME", "shop"}, {"RCML_SINK_GROUP", "g"}}),
            (EnvMap{{"RCML_KAFKA_SASL_USERNAME", "shop"}}));
  // dbt, and the doctor in its place, read their names from the environment alone.
  EXPECT_EQ(names_to_export({{"RCML_DBT_THREADS", "8"}}, {{"RCML_DBT_SCHEMA", "bi"}, {"RCML_DBT_THREADS", "4"}}),
            (EnvMap{{"RCML_DBT_SCHEMA", "bi"}}));
}

TEST(Secrets, AreMaskedWhereverTheyStand) {
  EXPECT_EQ(masked("load postgres://u:secret@h:5432/db failed"), "load postgres://u:***@h:5432/db failed");
  EXPECT_EQ(masked("postgres://u:p@ss@h/db"), "postgres://u:***@h/db");
  EXPECT_EQ(masked("kafka://h:9092/clicks and s3://b/a:b@c"), "kafka://h:9092/clicks and s3://b/a:b@c");
  EXPECT_EQ(masked("sasl.password=abc,sasl.username=me"), "sasl.password=***,sasl.username=me");
  EXPECT_EQ(masked("https://h/k?X-Amz-Signature=0aff&x=1"), "https://h/k?X-Amz-Signature=***&x=1");
  (void)parse_settings(
      stream({}, {{"AWS_SECRET_ACCESS_KEY", "wJalr/XUtn"}, {"PWD", "/home/shop"}}, {{"RS_PWD", "open sesame"}}));
  EXPECT_EQ(masked("signed with wJalr/XUtn (wJalr%2FXUtn), open sesame"), "signed with *** (***), ***");
  EXPECT_EQ(masked("in /home/shop"), "in /home/shop") << "PWD is the working folder";
  EXPECT_TRUE(is_secret_name("RS_PWD") && is_secret_name("PGPASSWORD") && is_secret_name("AWS_SESSION_TOKEN"));
  EXPECT_FALSE(is_secret_name("PWD") || is_secret_name("OLDPWD") || is_secret_name("AWS_ACCESS_KEY_ID"));
}

TEST(EnvFile, IsReadAsDotenvProgramsReadIt) {
  const auto parsed_file = parse_env_file(
      "\xEF\xBB\xBF# comment\r\n\nA=1\r\nexport B = two words  # comment\nC='lit $x \\n'\nD=\"a\\nb\\\"c\" # c\nE=\nF=a#b\nG=\"two\nlines\"\nH=p$w");
  ASSERT_TRUE(parsed_file.ok()) << parsed_file.error().text();
  EXPECT_EQ(*parsed_file, (EnvMap{{"A", "1"},
                                  {"B", "two words"},
                                  {"C", "lit $x \\n"},
                                  {"D", "a\nb\"c"},
                                  {"E", ""},
                                  {"F", "a#b"},
                                  {"G", "two\nlines"},
                                  {"H", "p$w"}}));
}

TEST(EnvFile, FaultsNameTheLineAndNeverItsText) {
  for (const auto& [text, line] : {std::pair{"A=1\nhunter2\n", "line 2"},
                                   {"1A=hunter2", "line 1"},
                                   {"\n\nA=\"hunter2\n\n", "line 3"},
                                   {"A='x'hunter2", "line 1"}}) {
    const auto result = parse_env_file(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_THAT(result.error().text(), AllOf(HasSubstr(line), Not(HasSubstr("hunter2"))));
  }
}

TEST(SettingValues, AreParsedExactlyOrNotAtAll) {
  EXPECT_EQ(parse_count("1_000"), 1000);
  EXPECT_EQ(parse_count("5k"), 5000);
  EXPECT_EQ(parse_count("2.5M"), 2'500'000);
  EXPECT_EQ(parse_count("-3"), -3);
  EXPECT_EQ(parse_bytes("64MiB"), 64 << 20);
  EXPECT_EQ(parse_bytes("1.5GiB"), int64_t{3} << 29);
  EXPECT_EQ(parse_bytes("512MB"), 512'000'000);
  EXPECT_EQ(parse_millis("30d"), int64_t{30} * 86'400'000);
  EXPECT_EQ(parse_millis("250"), 250);
  EXPECT_EQ(parse_rate("0.5%"), 0.005);
  EXPECT_EQ(parse_rate("1"), 1.0);
  for (const char* bad :
       {"", "x", "1.5", "1.", "_1", "1__0", "1_", ".5", "5 k", "99999999999999999999", "9999999999G", "1e3", "--1"}) {
    EXPECT_FALSE(parse_count(bad)) << bad;
  }
  for (const char* bad : {"1.0000000001GiB", "10TB2", "-1", "9999999TiB"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
  for (const char* bad : {"101%", "-0.1", "1e-2", "nan", "", "%"}) EXPECT_FALSE(parse_rate(bad)) << bad;
}

TEST(Help, ShowsExamplesBeforeSettings) {
  const std::string help =
      help_text({"stream", "From the log to the lake", "", "rcml stream --from spool:x", "rcml load"});
  EXPECT_LT(help.find("Examples"), help.find("Settings"));
  EXPECT_THAT(help, AllOf(HasSubstr("--flush-age-ms-max TIME"), HasSubstr("default 10s"), HasSubstr("zstd|snappy"),
                          HasSubstr("Next\n  rcml load"), Not(HasSubstr("--truth"))));
}

TEST(Help, ExampleFileIsHarmlessAndComplete) {
  const std::string example = env_example();
  for (const char* name :
       {"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL",
        "S3_BUCKET", "KAFKA_BOOTSTRAP", "RCML_KAFKA_SECURITY_PROTOCOL", "RCML_KAFKA_SASL_PASSWORD", "RS_HOST", "RS_DB",
        "RS_USER", "RS_PWD", "RS_PORT", "RS_ROLE_ARN", "RCML_SINK_FLUSH_AGE_MS_MAX"}) {
    EXPECT_THAT(example, HasSubstr(std::string("# ") + name + "="));
  }
  EXPECT_EQ(*parse_env_file(example), EnvMap{}) << "a copy that nobody edited changes nothing";
  for (const SettingSpec& spec : setting_table())
    EXPECT_THAT(settings_reference(), HasSubstr("`" + flag_of(spec) + "`"));
}

}  // namespace
}  // namespace rcml
