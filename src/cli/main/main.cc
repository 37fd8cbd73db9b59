#include "cli/command.h"

int main(int count, char** words) { return rcml::cli::run_main({words + 1, words + count}); }
