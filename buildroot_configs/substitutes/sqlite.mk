################################################################################
#
# sqlite: the amalgamation, as the npm package better-sqlite3 carries it
#
################################################################################

SQLITE_VERSION = amalgamation
SQLITE_SITE = $(BR2_DL_DIR)/sqlite
SQLITE_SITE_METHOD = local
SQLITE_LICENSE = blessing
SQLITE_INSTALL_STAGING = YES

define SQLITE_BUILD_CMDS
	$(TARGET_CC) $(TARGET_CFLAGS) -fPIC -shared -DSQLITE_THREADSAFE=1 -DSQLITE_ENABLE_FTS5 \
		-DSQLITE_ENABLE_RTREE -Wl,-soname,libsqlite3.so.0 $(@D)/sqlite3.c $(TARGET_LDFLAGS) -lm \
		-o $(@D)/libsqlite3.so.0
endef

define SQLITE_INSTALL_STAGING_CMDS
	cp $(@D)/sqlite3.h $(@D)/sqlite3ext.h $(STAGING_DIR)/usr/include/
	cp $(@D)/libsqlite3.so.0 $(STAGING_DIR)/usr/lib/
	ln -sf libsqlite3.so.0 $(STAGING_DIR)/usr/lib/libsqlite3.so
	mkdir -p $(STAGING_DIR)/usr/lib/pkgconfig
	printf 'Name: SQLite\nDescription: SQL\nVersion: 3.50\nLibs: -lsqlite3\nCflags:\n' \
		> $(STAGING_DIR)/usr/lib/pkgconfig/sqlite3.pc
endef

define SQLITE_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/libsqlite3.so.0 $(TARGET_DIR)/usr/lib/libsqlite3.so.0
endef

$(eval $(generic-package))
