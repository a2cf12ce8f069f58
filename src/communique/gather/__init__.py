"""Where reports come from: files, standard input and pages, turned into `Report`s with a title, an outlet and a date."""
