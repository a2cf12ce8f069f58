"""From files and archives to records that are read one by one."""
